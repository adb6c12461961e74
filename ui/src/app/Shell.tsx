// The frame around every page: navigation, the banners that must not be missed, and the keys that work everywhere.
import { Activity, Bell, FileSearch, GitCompareArrows, Inbox as InboxIcon, ListChecks, type LucideIcon, RefreshCcw, Scale } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link, useLocation } from "wouter";
import { useUnread } from "@/api/alerts";
import { useReachable } from "@/api/reach";
import { count } from "@/lib/format";
import { useChords, useKeys } from "@/lib/keys";
import { useGo, useHref, useScope } from "@/lib/location";
import { Help } from "./Help";
import { Logo } from "./Logo";
import { RunSwitch } from "./RunSwitch";
import { ShellContext } from "./shellContext";
import { Sync } from "./Sync";
import { PastBanner } from "./TimeMachine";
import { UserMenu } from "./UserMenu";

const PLACES: [path: string, label: string, icon: LucideIcon, key: string][] = [
  ["/inbox", "Inbox", InboxIcon, "i"],
  ["/reports", "Reports", FileSearch, "r"],
  ["/rules", "Rules", ListChecks, "l"],
  ["/quality", "Quality", Scale, "q"],
  ["/rereviews", "Rereview", RefreshCcw, "w"],
  ["/runs", "Runs", GitCompareArrows, "u"],
  ["/alerts", "Alerts", Bell, "a"],
  ["/health", "Health", Activity, "h"],
];

export function Shell({ children }: { children: ReactNode }) {
  const [path] = useLocation();
  const href = useHref();
  const go = useGo();
  const scope = useScope();
  const up = useReachable();
  const unread = useUnread(scope);
  const [help, setHelp] = useState(false);
  const [machine, setMachine] = useState(false);

  useKeys({ "?": () => setHelp(true), t: () => setMachine(true) });
  useChords(Object.fromEntries(PLACES.map(([place, , , key]) => [key, () => go(place)])));

  const here = (place: string) =>
    path.startsWith(place) || (place === "/inbox" && (path === "/" || path.startsWith("/events")));

  return (
    <ShellContext value={{ openHelp: () => setHelp(true), machine, setMachine }}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <div className={`shell${scope.as_of ? " in-past" : ""}`}>
        <nav className="side" aria-label="Main">
          <div className="brand">
            <Logo />
            Workshop
          </div>
          <RunSwitch />
          {PLACES.map(([place, label, Icon]) => (
            <Link key={place} href={href(place)} className="nav-item" aria-current={here(place) ? "page" : undefined}>
              <Icon size={16} strokeWidth={1.8} aria-hidden="true" />
              {label}
              {place === "/alerts" && unread > 0 && (
                <span className="tally">
                  {count(unread)}
                  <span className="sr-only"> unread</span>
                </span>
              )}
            </Link>
          ))}
          <div className="side-foot">
            <UserMenu />
          </div>
        </nav>
        <div className="frame">
          <PastBanner />
          {!up && (
            <div className="notice-banner" role="status">
              <strong>The API cannot be reached.</strong> You see what was loaded before; what you decide is kept and sent later.
            </div>
          )}
          {children}
        </div>
      </div>
      <Help open={help} onOpenChange={setHelp} />
      <Sync />
    </ShellContext>
  );
}
