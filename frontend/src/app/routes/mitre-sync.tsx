export { MitreSyncPage as Component } from "@/features/data-sources/components/mitre-sync-page";
