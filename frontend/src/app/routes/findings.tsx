export { FindingsPage as Component } from "@/features/findings/components/findings-page";
