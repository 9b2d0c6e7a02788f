import {
  Boxes,
  Grid3x3,
  LayoutDashboard,
  ListChecks,
  FlaskConical,
  Radar,
  RefreshCw,
  ScrollText,
  Shield,
  ShieldCheck,
  Users,
  VenetianMask,
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
    section: "main" | "tests" | "knowledge" | "system";
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
  { path: "/matrix", file: "matrix", title: "ATT&CK Matrix", nav: { section: "main", icon: Grid3x3, key: "m" }, keywords: "coverage heatmap techniques" },
  { path: "/techniques/:attackId", file: "technique", title: "Technique", parent: "/matrix" },
  { path: "/tests", file: "tests", title: "All Tests", nav: { section: "tests", icon: FlaskConical, key: "t" }, keywords: "list search" },
  { path: "/tasks", file: "my-tasks", title: "My Pending Tasks", nav: { section: "tests", icon: ListChecks, key: "p" }, keywords: "todo waiting" },
  { path: "/tests/new", file: "new-test", title: "New test", parent: "/tests", permission: "test:create", keywords: "create start" },
  { path: "/tests/:testId", file: "test", title: "Test", parent: "/tests" },
  { path: "/threat-actors", file: "threat-actors", title: "Threat Actors", nav: { section: "knowledge", icon: VenetianMask, key: "h" }, keywords: "groups apt adversaries" },
  { path: "/threat-actors/:actorId", file: "threat-actor", title: "Threat actor", parent: "/threat-actors" },
  { path: "/detection-rules", file: "detection-rules", title: "Detection Rules", nav: { section: "knowledge", icon: Radar, key: "r" }, keywords: "sigma elastic siem queries" },
  { path: "/detection-rules/:ruleId", file: "detection-rule", title: "Detection rule", parent: "/detection-rules" },
  { path: "/d3fend", file: "d3fend", title: "D3FEND", nav: { section: "knowledge", icon: ShieldCheck, key: "f" }, keywords: "countermeasures defence" },
  { path: "/d3fend/:countermeasureId", file: "countermeasure", title: "Countermeasure", parent: "/d3fend" },
  { path: "/system/tools", file: "tools", title: "Security Tools", permission: "environment:manage", nav: { section: "system", icon: Shield, key: "l" }, keywords: "edr siem products sensors" },
  { path: "/system/environments", file: "environments", title: "Environments", permission: "environment:manage", nav: { section: "system", icon: Boxes, key: "e" }, keywords: "platforms scope organisation" },
  { path: "/system/mitre-sync", file: "mitre-sync", title: "MITRE Sync", permission: "content:manage", nav: { section: "system", icon: RefreshCw, key: "s" }, keywords: "attack import update upload" },
  { path: "/system/mitre-sync/runs/:runId", file: "sync-run", title: "Sync run", parent: "/system/mitre-sync", permission: "technique:curate" },
  { path: "/system/users", file: "users", title: "Users", permission: "user:manage", nav: { section: "system", icon: Users, key: "u" }, keywords: "people roles accounts" },
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
  { id: "system", label: "System" },
] as const;
