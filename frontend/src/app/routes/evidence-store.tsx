export { EvidenceStorePage as Component } from "@/features/evidence-store/components/evidence-store-page";
