export { ToolsPage as Component } from "@/features/organisation/components/tools-page";
