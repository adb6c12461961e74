// Views with names: the list's filters and order, one's own or shared.
import { Button, IconButton, Popover, TextField } from "@radix-ui/themes";
import { Bookmark, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { useRemoveView, useSaveView, useViews } from "@/api/people";
import { useMe } from "@/api/queries";
import { useScope } from "@/lib/location";
import { message } from "@/parts/States";

/** The address of this list, without the run and the moment: a view is looked at in any of them. */
function here(): string {
  const query = new URLSearchParams(location.search);
  for (const key of ["as_of", "run_id"]) query.delete(key);
  return location.pathname + (query.size ? `?${query}` : "");
}

export function ViewsMenu() {
  const views = useViews();
  const me = useMe().data;
  const save = useSaveView();
  const remove = useRemoveView();
  const scope = useScope();
  const [, navigate] = useLocation();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const manager = me?.roles.includes("manager");
  const go = (address: string) => {
    const [path = "/inbox", search = ""] = address.split("?");
    const query = new URLSearchParams(search);
    for (const [key, value] of Object.entries(scope)) query.set(key, value);
    setOpen(false);
    navigate(path + (query.size ? `?${query}` : ""));
  };
  const keep = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) save.mutate({ name: name.trim(), query: here(), is_shared: shared }, { onSuccess: () => setName("") });
  };
  const failed = save.error ?? remove.error ?? views.error;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger>
        <Button size="1" variant="ghost" color="gray" aria-label="Saved views">
          <Bookmark size={13} aria-hidden="true" />
          <span className="only-wide">Views</span>
        </Button>
      </Popover.Trigger>
      <Popover.Content style={{ width: 280 }} aria-label="Saved views">
        <div className="stack">
          {views.data?.length === 0 && <p className="small soft">No view has a name yet.</p>}
          <ul className="plain-list views">
            {views.data?.map((view) => (
              <li key={view.view_id} className="row">
                <button type="button" className="link grow truncate" onClick={() => go(view.query)}>
                  {view.name}
                </button>
                {view.is_shared && <span className="small soft">{view.owner === me?.name ? "shared" : view.owner}</span>}
                {(view.owner === me?.name || manager) && (
                  <IconButton size="1" variant="ghost" color="gray" aria-label={`Remove the view ${view.name}`} onClick={() => remove.mutate(view.view_id)}>
                    <X size={12} />
                  </IconButton>
                )}
              </li>
            ))}
          </ul>
          <form className="stack tight" onSubmit={keep}>
            <TextField.Root size="1" aria-label="Name of this view" placeholder="Name this view" maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
            <div className="row">
              {me?.roles.includes("analyst") && (
                <label className="row small grow">
                  <input type="checkbox" checked={shared} onChange={(event) => setShared(event.target.checked)} />
                  Everybody sees it
                </label>
              )}
              <Button size="1" type="submit" disabled={!name.trim()} loading={save.isPending}>
                Save
              </Button>
            </div>
            {failed && (
              <p className="small" role="alert">
                {message(failed)}
              </p>
            )}
          </form>
        </div>
      </Popover.Content>
    </Popover.Root>
  );
}
