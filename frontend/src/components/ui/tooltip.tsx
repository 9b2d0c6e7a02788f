import type { ReactNode } from "react";
import { Tooltip as Radix } from "radix-ui";

export const TooltipProvider = Radix.Provider;

/** A short hint on hover and focus; never the only place of a fact. */
export function Tooltip({ content, children, side = "top" }: { content: ReactNode; children: ReactNode; side?: "top" | "right" | "bottom" | "left" }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={5}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md border border-line-strong/50 bg-raised px-2 py-1 text-xs text-fg animate-in"
        >
          {content}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
