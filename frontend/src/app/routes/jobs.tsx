export { JobsPage as Component } from "@/features/jobs/components/jobs-page";
