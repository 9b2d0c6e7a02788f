export { EnvironmentsPage as Component } from "@/features/organisation/components/environments-page";
