export { ScoringPage as Component } from "@/features/scores/components/scoring-page";
