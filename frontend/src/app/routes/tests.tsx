export { TestsPage as Component } from "@/features/security-tests/components/tests-page";
