// A page: its bar with title and tools, and its content. Sets the document's title.
import { IconButton, Tooltip } from "@radix-ui/themes";
import { ChevronRight, CircleHelp } from "lucide-react";
import { Fragment, type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import { useBackHref } from "@/lib/location";
import { useShell } from "./shellContext";
import { TimeMachine } from "./TimeMachine";
import { UserMenu } from "./UserMenu";

interface Props {
  title: string;
  /** Where the page hangs: label and path. */
  crumbs?: [label: string, path: string][];
  actions?: ReactNode;
  /** The content takes care of its own width and scrolling. */
  bare?: boolean;
  children: ReactNode;
}

export function Page({ title, crumbs = [], actions, bare = false, children }: Props) {
  const back = useBackHref();
  const { openHelp, machine, setMachine } = useShell();
  useEffect(() => {
    document.title = `${title} · Workshop`;
  }, [title]);
  return (
    <>
      <header className="top">
        <div className="crumbs grow">
          {crumbs.map(([label, path]) => (
            <Fragment key={path}>
              <Link href={back(path)} className="nowrap">
                {label}
              </Link>
              <ChevronRight size={13} className="soft" aria-hidden="true" />
            </Fragment>
          ))}
          <h1 className="truncate">{title}</h1>
        </div>
        {actions}
        <TimeMachine open={machine} onOpenChange={setMachine} />
        <Tooltip content="Keyboard (?)">
          <IconButton variant="ghost" color="gray" size="2" aria-label="Keyboard help" onClick={openHelp} className="only-wide">
            <CircleHelp size={16} />
          </IconButton>
        </Tooltip>
        <span className="only-narrow">
          <UserMenu compact />
        </span>
      </header>
      <main className="main" id="main" tabIndex={-1}>
        {bare ? children : <div className="page">{children}</div>}
      </main>
    </>
  );
}
