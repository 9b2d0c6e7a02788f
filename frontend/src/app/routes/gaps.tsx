export { GapsPage as Component } from "@/features/findings/components/gaps-page";
