export { ExecutivePage as Component } from "@/features/executive/components/executive-page";
