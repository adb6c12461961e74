// Who is signed in, and what they have set: the theme.
import { Avatar, DropdownMenu } from "@radix-ui/themes";
import { useQueryClient } from "@tanstack/react-query";
import { useMe } from "@/api/queries";
import { setPreference, usePreferences } from "@/lib/preferences";
import { dropSession, useSession } from "./session";

export function UserMenu({ compact = false }: { compact?: boolean }) {
  const session = useSession();
  const me = useMe();
  const preferences = usePreferences();
  const client = useQueryClient();
  const name = me.data?.name ?? session?.user ?? "";
  const role = me.data?.roles.at(-1);
  const leave = () => {
    dropSession();
    client.clear();
  };
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger>
        <button type="button" className={compact ? "user-compact" : "nav-item user-button"} {...(compact && { "aria-label": `${name}, settings` })}>
          <Avatar size="1" radius="full" fallback={name.slice(0, 1).toUpperCase() || "?"} color="indigo" />
          {!compact && <span className="truncate grow">{name}</span>}
          {!compact && role && <span className="small soft">{role}</span>}
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content style={{ minWidth: 200 }}>
        <DropdownMenu.Label>Theme</DropdownMenu.Label>
        <DropdownMenu.RadioGroup
          value={preferences.theme}
          onValueChange={(value) => setPreference("theme", value as typeof preferences.theme)}
        >
          <DropdownMenu.RadioItem value="system">As the system</DropdownMenu.RadioItem>
          <DropdownMenu.RadioItem value="light">Light</DropdownMenu.RadioItem>
          <DropdownMenu.RadioItem value="dark">Dark</DropdownMenu.RadioItem>
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator />
        <DropdownMenu.Item onSelect={leave}>Sign out</DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
