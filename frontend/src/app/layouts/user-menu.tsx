import { Link } from "react-router";
import { useMe } from "@/api/me";
import { signOut } from "@/api/sign-out";
import { Menu, MenuItem, MenuRadioGroup, MenuSeparator } from "@/components/ui/menu";
import { ROLE_LABELS } from "@/lib/roles";
import { setTheme, useTheme, type ThemeChoice } from "@/lib/theme";
import { nameOf } from "@/lib/people";

const THEMES: { value: ThemeChoice; label: string }[] = [
  { value: "system", label: "Theme of the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

export function UserMenu({ onOpenHelp }: { onOpenHelp: () => void }) {
  const me = useMe();
  const theme = useTheme();
  const initials = me.username.slice(0, 2).toUpperCase();
  return (
    <Menu
      className="min-w-56"
      trigger={
        <button
          type="button"
          className="inline-flex size-7.5 shrink-0 items-center justify-center rounded-full bg-hover text-2xs font-semibold text-muted hover:text-fg"
        >
          {initials}
          <span className="sr-only">, account of {me.username}</span>
        </button>
      }
    >
      <div className="px-2 py-1.5">
        <p className="truncate text-sm font-medium">{nameOf(me)}</p>
        <p className="text-xs text-muted">
          {me.username} · {ROLE_LABELS[me.role]}
          {me.auditor && ", auditor"}
        </p>
      </div>
      <MenuSeparator />
      <MenuItem asChild>
        <Link to="/profile">Profile</Link>
      </MenuItem>
      <MenuItem onSelect={onOpenHelp}>Keyboard shortcuts</MenuItem>
      <MenuSeparator />
      <MenuRadioGroup
        label="Theme"
        value={theme}
        onValueChange={(value) => setTheme(value as ThemeChoice)}
        options={THEMES}
      />
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()}>Sign out</MenuItem>
    </Menu>
  );
}
