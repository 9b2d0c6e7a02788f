export { D3fendPage as Component } from "@/features/d3fend/components/d3fend-page";
