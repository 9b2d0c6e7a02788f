import type { ReactNode } from "react";
import { Dialog as Radix } from "radix-ui";
import { X } from "lucide-react";
import { cn } from "@/lib/cn";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  /** Buttons, the leading one last. */
  footer?: ReactNode;
  /** "panel" stands at the right edge over the full height. */
  variant?: "dialog" | "wide" | "panel";
}

const SHAPES = {
  dialog: "top-[12vh] left-1/2 w-[min(30rem,calc(100vw-2rem))] max-h-[76vh] -translate-x-1/2 rounded-lg border",
  wide: "top-[7vh] left-1/2 w-[min(56rem,calc(100vw-2rem))] max-h-[86vh] -translate-x-1/2 rounded-lg border",
  panel: "inset-y-0 right-0 w-[min(34rem,100vw)] border-l",
};

// The scrim is our own element: Radix's overlay locks scrolling through an injected style element,
// which the content policy refuses. The page scrolls inside its main element, behind the scrim.
export function Dialog({ open, onOpenChange, title, description, children, footer, variant = "dialog" }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div aria-hidden className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          className={cn("fixed z-50 flex flex-col border-line-strong/50 bg-raised outline-none", SHAPES[variant])}
        >
          <header className="flex items-start justify-between gap-4 border-b px-4 py-3">
            <div className="min-w-0">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {description && <Radix.Description className="mt-0.5 text-sm text-muted">{description}</Radix.Description>}
            </div>
            <Radix.Close
              aria-label="Close"
              className="-mr-1 inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-muted hover:bg-hover hover:text-fg"
            >
              <X aria-hidden className="size-4" />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto p-4">{children}</div>
          {footer && <footer className="flex justify-end gap-2 border-t px-4 py-3">{footer}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
