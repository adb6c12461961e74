// One line: what MRS changed this week in the numbers that the models saw, by cause, with the events behind it.
import { ArrowLeftRight } from "lucide-react";
import { Link } from "wouter";
import { useMoved } from "@/api/overview";
import { dayRange, localDates, plural } from "@/lib/format";
import { useHref, useScope } from "@/lib/location";
import { causeWord } from "@/lib/words";
import { Money } from "@/parts/Badges";

const NAMED = 3;

export function MovedLine() {
  const found = useMoved(useScope()).data;
  const href = useHref();
  if (!found?.first || !found.last || !found.causes.length) return null;
  const named = found.causes.slice(0, NAMED);
  const others = found.causes.slice(NAMED);
  return (
    <p className="moved small" role="note">
      <ArrowLeftRight size={13} aria-hidden="true" />
      <span>
        {dayRange(found.first, found.last)}: MRS kept <Money value={found.taken_out} /> out of what the models learn
        {found.put_back !== 0 && (
          <>
            {" "}
            and put <Money value={found.put_back} /> back
          </>
        )}
        .{" "}
        {named.map((one) => (
          <span key={one.cause}>
            <Link
              className="link"
              href={href("/inbox", { view: "all", cause: one.cause, from: found.first ?? "", to: found.last ?? "" })}
              title={one.events.map((event) => localDates(event.name)).join("\n")}
            >
              {causeWord(one.cause)} <Money delta value={one.taken_out} /> ({plural(one.n_events, "event")})
            </Link>{" "}
          </span>
        ))}
        {others.length > 0 && (
          <span className="soft">
            and {plural(others.length, "other cause")} <Money value={others.reduce((sum, one) => sum + one.money, 0)} />
          </span>
        )}
      </span>
    </p>
  );
}
