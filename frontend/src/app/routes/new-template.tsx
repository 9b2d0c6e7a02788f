export { NewTemplatePage as Component } from "@/features/catalog/components/template-form-pages";
