import type { Evidence } from "@/features/evidence/api";

const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const TEXTS = new Set(["text/plain", "application/json"]);

export const isImage = (item: Evidence): boolean => IMAGES.has(item.content_type);

/** Whether the server draws a preview of this kind of file. */
export const canPreview = (item: Evidence): boolean => isImage(item) || TEXTS.has(item.content_type.split(";")[0]?.trim() ?? "");
