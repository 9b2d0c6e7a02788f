export { MatrixPage as Component } from "@/features/matrix/components/matrix-page";
