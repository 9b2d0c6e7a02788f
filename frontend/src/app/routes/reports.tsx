export { ReportsPage as Component } from "@/features/reports/components/reports-page";
