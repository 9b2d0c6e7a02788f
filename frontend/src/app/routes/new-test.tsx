export { NewTestPage as Component } from "@/features/security-tests/components/new-test-page";
