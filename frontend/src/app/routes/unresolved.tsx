export { UnresolvedPage as Component } from "@/features/unresolved/components/unresolved-page";
