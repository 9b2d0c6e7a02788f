export { RulesPage as Component } from "@/features/detection-rules/components/rules-page";
