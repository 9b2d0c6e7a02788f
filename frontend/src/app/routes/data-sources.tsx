export { DataSourcesPage as Component } from "@/features/data-sources/components/data-sources-page";
