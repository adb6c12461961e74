// The filters above a list. All of them live in the address: copy it, and the view is shared.
import { Button, DropdownMenu, Popover, TextField, Tooltip } from "@radix-ui/themes";
import { ArrowDownWideNarrow, ChevronDown, Link2, Search, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useChoices } from "@/api/queries";
import type { Choice, Totals } from "@/api/types";
import { count, day, dayRange, moneyShort, percent, plural } from "@/lib/format";
import { useKeys } from "@/lib/keys";
import { listed, useQueryState, useScope } from "@/lib/location";
import { causeWord, SEVERITY_STEPS, sentenceCase, severityFrom, statusWord } from "@/lib/words";
import { Money } from "@/parts/Badges";
import { ViewsMenu } from "./ViewsMenu";
import { filtersSet, type LISTED, SORTS, sortOf, usualSort } from "./filters";

interface Props {
  kind: "events" | "reports";
}

const MENUS: { key: (typeof LISTED)[number]; label: string; word: (value: string) => string }[] = [
  { key: "cause", label: "Cause", word: causeWord },
  { key: "region", label: "Region", word: (value) => value },
  { key: "retailer", label: "Retailer", word: (value) => value },
  { key: "status", label: "Status", word: statusWord },
  { key: "cluster", label: "Cluster", word: (value) => value.slice(0, 8) },
];

export function FilterBar({ kind }: Props) {
  const scope = useScope();
  const choices = useChoices(scope).data;
  const [query, change] = useQueryState();
  const set = filtersSet(query);
  const clear = () => change(Object.fromEntries(set.map((key) => [key, null])));
  return (
    <div className="filters" role="search" aria-label="Filters">
      <SearchField />
      {MENUS.map(({ key, label, word }) => {
        const found = choices?.[key] ?? [];
        if ((key === "retailer" || key === "cluster") && found.length < 2) return null;
        return <ManyMenu key={key} label={label} word={word} choices={found} kind={kind} name={key} />;
      })}
      <SeverityMenu />
      <MoreFilters />
      {set.length > 0 && (
        <Button size="1" variant="ghost" color="gray" onClick={clear}>
          <X size={12} /> Clear
        </Button>
      )}
    </div>
  );
}

/** The line between filters and list: how much there is, in which order, and the link to just this view. */
export function ListHead({ groups, tools, children }: { groups: ReactNode; tools: ReactNode; children: ReactNode }) {
  return (
    <div className="list-total">
      <span className="grow small soft tnum" aria-live="polite">
        {children}
      </span>
      {groups}
      <SortMenu />
      <ViewsMenu />
      {tools}
      <CopyLink />
    </div>
  );
}

/** How many, and what is above and what below expectation, which do not make up for each other. */
export function TotalsLine({ totals, what }: { totals: Totals; what: string }) {
  return (
    <>
      {plural(totals.rows, what)} · <Money delta value={totals.sales_above} /> above and <Money delta value={totals.sales_delta - totals.sales_above} /> below
      expected
    </>
  );
}

function SearchField() {
  const [query, change] = useQueryState();
  const [text, setText] = useState(query["q"] ?? "");
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<number>(undefined);
  useEffect(() => setText(query["q"] ?? ""), [query]);
  useKeys({ "/": () => field.current?.focus() });
  return (
    <TextField.Root
      ref={field}
      size="1"
      className="filter-search"
      placeholder="Search ( / )"
      aria-label="Search by name, store or id"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        clearTimeout(timer.current);
        timer.current = window.setTimeout(() => change({ q: event.target.value.trim() || null }), 200);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        clearTimeout(timer.current);
        if (text) {
          setText("");
          change({ q: null });
        } else field.current?.blur();
      }}
    >
      <TextField.Slot>
        <Search size={13} aria-hidden="true" />
      </TextField.Slot>
    </TextField.Root>
  );
}

interface ManyProps {
  label: string;
  name: string;
  choices: readonly Choice[];
  kind: "events" | "reports";
  word: (value: string) => string;
}

function ManyMenu({ label, name, choices, kind, word }: ManyProps) {
  const [query, change] = useQueryState();
  const picked = name === "cause" || name === "status" ? listed(query, name).flatMap((value) => value.split(",")) : listed(query, name);
  const toggle = (value: string) => {
    const next = picked.includes(value) ? picked.filter((one) => one !== value) : [...picked, value];
    change({ [name]: next.join("\n") || null });
  };
  const first = picked[0];
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger>
        <Button size="1" variant={first ? "soft" : "surface"} color={first ? "indigo" : "gray"}>
          {first ? `${label}: ${word(first)}${picked.length > 1 ? ` +${picked.length - 1}` : ""}` : label}
          <ChevronDown size={12} aria-hidden="true" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content>
        {choices.length === 0 && <DropdownMenu.Item disabled>Nothing to choose</DropdownMenu.Item>}
        {choices.map((choice) => (
          <DropdownMenu.CheckboxItem
            key={choice.value}
            checked={picked.includes(choice.value)}
            onCheckedChange={() => toggle(choice.value)}
            onSelect={(event) => event.preventDefault()}
          >
            <span className="grow">{word(choice.value)}</span>
            <span className="menu-count">{count(choice[kind])}</span>
          </DropdownMenu.CheckboxItem>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function SeverityMenu() {
  const [query, change] = useQueryState();
  const value = query["min_severity"] ?? "";
  const step = SEVERITY_STEPS.find((one) => String(one.at) === value);
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger>
        <Button size="1" variant={value ? "soft" : "surface"} color={value ? "indigo" : "gray"}>
          {step ? sentenceCase(severityFrom(step.at)) : "Severity"}
          <ChevronDown size={12} aria-hidden="true" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content>
        <DropdownMenu.RadioGroup value={value} onValueChange={(next) => change({ min_severity: next || null })}>
          <DropdownMenu.RadioItem value="">Any severity</DropdownMenu.RadioItem>
          {SEVERITY_STEPS.filter((one) => one.at > 0).map((one) => (
            <DropdownMenu.RadioItem key={one.at} value={String(one.at)}>
              {sentenceCase(severityFrom(one.at))}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function MoreFilters() {
  const [query, change] = useQueryState();
  const { from, to } = query;
  const direction = query["direction"] ?? "";
  const unsure = query["max_confidence"] ?? "";
  const sure = query["min_confidence"] ?? "";
  const { min_money: least, max_money: most } = query;
  const parts = [
    from && to ? dayRange(from, to) : from ? `from ${day(from)}` : to ? `to ${day(to)}` : "",
    direction && (direction === "up" ? "above expected" : "below expected"),
    unsure && `confidence ≤ ${percent(Number(unsure))}`,
    sure && `confidence ≥ ${percent(Number(sure))}`,
    least && `≥ ${moneyShort(Number(least))}`,
    most && `≤ ${moneyShort(Number(most))}`,
    query["event"] && "one event",
    query["degraded"] === "true" && "degraded",
  ].filter(Boolean);
  return (
    <Popover.Root>
      <Popover.Trigger>
        <Button size="1" variant={parts.length ? "soft" : "surface"} color={parts.length ? "indigo" : "gray"}>
          {parts.length ? parts.join(", ") : "More"}
          <ChevronDown size={12} aria-hidden="true" />
        </Button>
      </Popover.Trigger>
      <Popover.Content style={{ width: 280 }} aria-label="Dates and more">
        <div className="stack">
          <div className="row">
            <label className="field grow small">
              From
              <input className="date-input" type="date" value={from ?? ""} onChange={(e) => change({ from: e.target.value || null })} />
            </label>
            <label className="field grow small">
              To
              <input className="date-input" type="date" value={to ?? ""} onChange={(e) => change({ to: e.target.value || null })} />
            </label>
          </div>
          <label className="field small">
            Direction
            <select className="date-input" value={direction} onChange={(e) => change({ direction: e.target.value || null })}>
              <option value="">Either</option>
              <option value="up">Above expected</option>
              <option value="down">Below expected</option>
            </select>
          </label>
          <div className="row">
            <Amount label="Money from" value={least} set={(min_money) => change({ min_money })} />
            <Amount label="Money up to" value={most} set={(max_money) => change({ max_money })} />
          </div>
          <label className="field small">
            Sure at least
            <select className="date-input" value={sure} onChange={(e) => change({ min_confidence: e.target.value || null })}>
              <option value="">Any</option>
              {[0.5, 0.7, 0.9].map((share) => (
                <option key={share} value={share}>
                  {percent(share)}
                </option>
              ))}
            </select>
          </label>
          <label className="field small">
            Sure at most
            <select className="date-input" value={unsure} onChange={(e) => change({ max_confidence: e.target.value || null })}>
              <option value="">Any</option>
              {[0.9, 0.7, 0.5].map((share) => (
                <option key={share} value={share}>
                  {percent(share)}
                </option>
              ))}
            </select>
          </label>
          <label className="row small">
            <input
              type="checkbox"
              checked={query["degraded"] === "true"}
              onChange={(e) => change({ degraded: e.target.checked ? "true" : null })}
            />
            Only those made while an input was missing
          </label>
        </div>
      </Popover.Content>
    </Popover.Root>
  );
}

/** An amount, up or down, that filters once it is typed. */
function Amount({ label, value, set }: { label: string; value: string | undefined; set: (value: string | null) => void }) {
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  const done = () => set(Number(text) > 0 ? text : null);
  return (
    <label className="field grow small">
      {label}
      <input
        className="date-input"
        type="number"
        min={0}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={done}
        onKeyDown={(event) => event.key === "Enter" && done()}
      />
    </label>
  );
}

function SortMenu() {
  const [query, change] = useQueryState();
  const sort = sortOf(query);
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger>
        <Button size="1" variant="ghost" color="gray" aria-label={`Sort: ${sort.label}`}>
          <ArrowDownWideNarrow size={13} aria-hidden="true" />
          <span className="only-wide">{sort.label}</span>
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Content>
        <DropdownMenu.RadioGroup value={sort.id} onValueChange={(next) => change({ sort: next === usualSort(query).id ? null : next })}>
          {SORTS.map((one) => (
            <DropdownMenu.RadioItem key={one.id} value={one.id}>
              {one.label}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function CopyLink() {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(location.href).catch(() => {});
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <Tooltip content="The address holds this view">
      <Button size="1" variant="ghost" color="gray" onClick={() => void copy()} className="only-wide">
        <Link2 size={13} aria-hidden="true" />
        {done ? "Copied" : "Copy link"}
      </Button>
    </Tooltip>
  );
}
