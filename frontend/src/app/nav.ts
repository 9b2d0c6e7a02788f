import {
  FileCheck2,
  Boxes,
  Crosshair,
  DatabaseZap,
  Gauge,
  GitCompareArrows,
  Grid3x3,
  LayoutDashboard,
  LibraryBig,
  Link2Off,
  ListChecks,
  FileChartColumn,
  FlaskConical,
  Radar,
  RefreshCw,
  Scale,
  ScrollText,
  Shield,
  ShieldCheck,
  TimerReset,
  Users,
  VenetianMask,
  Wrench,
  type LucideIcon,
} from "lucide-react";
import type { Permission } from "@/api/me";

/** What a route module in `routes/` exports; React Router reads the same names. */
export interface RouteModule {
  Component: React.ComponentType;
}

export interface PageEntry {
  /** Path below the root, in React Router's form. */
  path: string;
  /** File name in `routes/`, without extension. An entry whose file does not exist is left out everywhere. */
  file: string;
  /** Title of the document and last part of the breadcrumb; a page of one thing sets its own with `usePageTitle`. */
  title: string;
  /** Path of the page above it in the breadcrumb. */
  parent?: string;
  /** Permission without which the page shows "forbidden" and is not listed. */
  permission?: Permission;
  /** Present when the page stands in the sidebar. */
  nav?: {
    section: "main" | "tests" | "knowledge" | "measures" | "system";
    icon: LucideIcon;
    /** Second key after `g`. */
    key: string;
    /** Leads elsewhere than `path`. */
    to?: string;
  };
  /** Words that find it in the command palette besides the title. */
  keywords?: string;
}

/** The one list of pages: routes, sidebar, breadcrumb, palette and keyboard read it. */
const ALL_PAGES: readonly PageEntry[] = [
  { path: "/", file: "dashboard", title: "Dashboard", nav: { section: "main", icon: LayoutDashboard, key: "d" }, keywords: "home overview" },
  { path: "/executive", file: "executive", title: "Executive Dashboard", permission: "executive:read", nav: { section: "main", icon: Gauge, key: "q" }, keywords: "leadership score trend risk one page" },
  { path: "/matrix", file: "matrix", title: "ATT&CK Matrix", nav: { section: "main", icon: Grid3x3, key: "m" }, keywords: "coverage heatmap techniques" },
  { path: "/techniques/:attackId", file: "technique", title: "Technique", parent: "/matrix" },
  { path: "/tests", file: "tests", title: "All Tests", nav: { section: "tests", icon: FlaskConical, key: "t" }, keywords: "list search" },
  { path: "/tasks", file: "my-tasks", title: "My Pending Tasks", nav: { section: "tests", icon: ListChecks, key: "p" }, keywords: "todo waiting" },
  { path: "/findings", file: "findings", title: "Findings", nav: { section: "tests", icon: Wrench, key: "y" }, keywords: "remediation gaps misses steps retests accepted risks" },
  { path: "/findings/gaps", file: "gaps", title: "Misses and Quick Wins", parent: "/findings", keywords: "causes owners telemetry" },
  { path: "/findings/:findingId", file: "finding", title: "Finding", parent: "/findings" },
  { path: "/catalog", file: "catalog", title: "Test Catalog", nav: { section: "tests", icon: LibraryBig, key: "c" }, keywords: "templates atomic caldera lolbas gtfobins procedures" },
  { path: "/catalog/new", file: "new-template", title: "New template", parent: "/catalog", permission: "template:edit", keywords: "create own procedure" },
  { path: "/catalog/:templateId", file: "template", title: "Template", parent: "/catalog" },
  { path: "/catalog/:templateId/edit", file: "edit-template", title: "Edit template", parent: "/catalog", permission: "template:edit" },
  { path: "/tests/new", file: "new-test", title: "New test", parent: "/tests", permission: "test:create", keywords: "create start" },
  { path: "/tests/:testId", file: "test", title: "Test", parent: "/tests" },
  { path: "/threat-actors", file: "threat-actors", title: "Threat Actors", nav: { section: "knowledge", icon: VenetianMask, key: "h" }, keywords: "groups apt adversaries" },
  { path: "/threat-actors/:actorId", file: "threat-actor", title: "Threat actor", parent: "/threat-actors" },
  { path: "/threat-profile", file: "threat-profile", title: "Threat Profile", nav: { section: "knowledge", icon: Crosshair, key: "i" }, keywords: "priorities actors who matters" },
  { path: "/detection-rules", file: "detection-rules", title: "Detection Rules", nav: { section: "knowledge", icon: Radar, key: "r" }, keywords: "sigma elastic siem queries" },
  { path: "/detection-rules/:ruleId", file: "detection-rule", title: "Detection rule", parent: "/detection-rules" },
  { path: "/d3fend", file: "d3fend", title: "D3FEND", nav: { section: "knowledge", icon: ShieldCheck, key: "f" }, keywords: "countermeasures defence" },
  { path: "/reports", file: "reports", title: "Reports", permission: "report:read", nav: { section: "measures", icon: FileChartColumn, key: "n" }, keywords: "export csv pdf print results remediation" },
  { path: "/comparison", file: "comparison", title: "Comparison", permission: "snapshot:manage", nav: { section: "measures", icon: GitCompareArrows, key: "b" }, keywords: "snapshots before after difference why" },
  { path: "/system/tools", file: "tools", title: "Security Tools", permission: "environment:manage", nav: { section: "system", icon: Shield, key: "l" }, keywords: "edr siem products sensors" },
  { path: "/system/environments", file: "environments", title: "Environments", permission: "environment:manage", nav: { section: "system", icon: Boxes, key: "e" }, keywords: "platforms scope organisation" },
  { path: "/system/data-sources", file: "data-sources", title: "Data Sources", permission: "content:manage", nav: { section: "system", icon: DatabaseZap, key: "o" }, keywords: "content import update upload atomic sigma elastic caldera" },
  { path: "/system/data-sources/:name", file: "data-source", title: "Data source", parent: "/system/data-sources", permission: "content:manage" },
  { path: "/system/data-sources/runs/:runId", file: "data-source-run", title: "Sync run", parent: "/system/data-sources", permission: "technique:curate" },
  { path: "/system/mitre-sync", file: "mitre-sync", title: "MITRE Sync", permission: "content:manage", nav: { section: "system", icon: RefreshCw, key: "s" }, keywords: "attack import update upload" },
  { path: "/system/mitre-sync/runs/:runId", file: "sync-run", title: "Sync run", parent: "/system/mitre-sync", permission: "technique:curate" },
  { path: "/system/unresolved", file: "unresolved", title: "Unresolved Ids", permission: "technique:curate", nav: { section: "system", icon: Link2Off, key: "x" }, keywords: "links aliases splits techniques mapping" },
  { path: "/system/unresolved/:attackId", file: "unresolved-id", title: "Unresolved id", parent: "/system/unresolved", permission: "technique:curate" },
  { path: "/system/scoring", file: "scoring", title: "Scoring", permission: "scoring:manage", nav: { section: "system", icon: Scale, key: "w" }, keywords: "weights score formula" },
  { path: "/system/jobs", file: "jobs", title: "Jobs", permission: "system:manage", nav: { section: "system", icon: TimerReset, key: "j" }, keywords: "scheduler schedule background" },
  { path: "/system/jobs/:job", file: "job", title: "Job", parent: "/system/jobs", permission: "system:manage" },
  { path: "/system/users", file: "users", title: "Users", permission: "user:manage", nav: { section: "system", icon: Users, key: "u" }, keywords: "people roles accounts" },
  { path: "/system/evidence", file: "evidence-store", title: "Evidence", permission: "audit:read", nav: { section: "system", icon: FileCheck2, key: "v" }, keywords: "files store integrity hashes verify orphaned" },
  { path: "/system/audit-log", file: "audit-log", title: "Audit Log", permission: "audit:read", nav: { section: "system", icon: ScrollText, key: "a" }, keywords: "history trail" },
  { path: "/profile", file: "profile", title: "Profile", keywords: "password sessions tokens theme account" },
];

const modules = import.meta.glob<RouteModule>(["./routes/*.tsx", "!./routes/*.test.tsx"]);

export const PAGES = ALL_PAGES.filter((page) => `./routes/${page.file}.tsx` in modules);

export function loadPage(page: PageEntry): Promise<RouteModule> {
  const load = modules[`./routes/${page.file}.tsx`];
  if (!load) throw new Error(`No route file for ${page.path}`);
  return load();
}

export const NAV_SECTIONS = [
  { id: "main", label: null },
  { id: "tests", label: "Tests" },
  { id: "knowledge", label: "Threats and defence" },
  { id: "measures", label: "Measures" },
  { id: "system", label: "System" },
] as const;
