// Who is in and who is not: on a map where places are known, and as a strip of stores by region.
import { Tooltip } from "@radix-ui/themes";
import { useMemo } from "react";
import type { Report } from "@/api/types";
import type { components } from "@/api/schema";
import { count, moneyDelta, plural } from "@/lib/format";

type Store = components["schemas"]["Store"];

interface Props {
  stores: readonly Store[];
  members: readonly Report[];
  direction: string;
}

const MOST_DOTS = 160;

export function Where({ stores, members, direction }: Props) {
  const money = useMemo(() => {
    const sums = new Map<string, number>();
    for (const one of members) sums.set(one.store_id, (sums.get(one.store_id) ?? 0) + one.sales_delta);
    return sums;
  }, [members]);
  const regions = useMemo(() => byRegion(stores, money), [stores, money]);
  return (
    <div className="stack">
      <StoreMap stores={stores} money={money} direction={direction} />
      <ul className="regions" aria-label="Stores by region">
        {regions.map((region) => (
          <li key={region.name}>
            <div className="spread small">
              <span className={region.inside ? "" : "soft"}>{region.name}</span>
              <span className="soft tnum nowrap">
                {region.inside > 0 && <strong className={`delta-${direction}`}>{moneyDelta(region.money)} </strong>}
                {count(region.inside)} of {count(region.stores.length)}
              </span>
            </div>
            <div className="dots" role="img" aria-label={`${region.inside} of ${plural(region.stores.length, "store")} in the event`}>
              {region.stores.slice(0, MOST_DOTS).map((store) => (
                <span key={store} title={`Store ${store}`} className={money.has(store) ? `dot dot-${direction}` : "dot"} />
              ))}
              {region.stores.length > MOST_DOTS && <span className="small soft">+{count(region.stores.length - MOST_DOTS)}</span>}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface Region {
  name: string;
  stores: string[];
  inside: number;
  money: number;
}

function byRegion(stores: readonly Store[], money: ReadonlyMap<string, number>): Region[] {
  const found = new Map<string, Region>();
  for (const store of stores) {
    const name = store.region ?? "No region";
    const region = found.get(name) ?? { name, stores: [], inside: 0, money: 0 };
    found.set(name, region);
    region.stores.push(store.store_id);
    if (money.has(store.store_id)) {
      region.inside += 1;
      region.money += money.get(store.store_id) ?? 0;
    }
  }
  for (const region of found.values()) region.stores.sort((a, b) => Number(money.has(b)) - Number(money.has(a)) || a.localeCompare(b));
  return [...found.values()].sort((a, b) => b.inside - a.inside || a.name.localeCompare(b.name));
}

const WIDTH = 300;
const HEIGHT = 190;
const EDGE = 10;

function StoreMap({ stores, money, direction }: { stores: readonly Store[]; money: ReadonlyMap<string, number>; direction: string }) {
  const placed = stores.filter((one) => one.latitude != null && one.longitude != null);
  if (placed.length < 3) return null;
  const lat = placed.map((one) => one.latitude ?? 0);
  const lon = placed.map((one) => one.longitude ?? 0);
  const [south, north, west, east] = [Math.min(...lat), Math.max(...lat), Math.min(...lon), Math.max(...lon)];
  // Degrees of longitude shrink with latitude: keep distances true in the middle of the map.
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = Math.min((WIDTH - 2 * EDGE) / ((east - west) * squeeze || 1), (HEIGHT - 2 * EDGE) / (north - south || 1));
  const x = (one: Store) => WIDTH / 2 + ((one.longitude ?? 0) - (west + east) / 2) * squeeze * scale;
  const y = (one: Store) => HEIGHT / 2 - ((one.latitude ?? 0) - (south + north) / 2) * scale;
  const most = Math.max(...[...money.values()].map(Math.abs), 1);
  const inside = placed.filter((one) => money.has(one.store_id));
  const summary = `Map: ${inside.length} of ${plural(placed.length, "store")} in the event`;
  return (
    <svg className="store-map" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary}>
      {placed
        .filter((one) => !money.has(one.store_id))
        .map((one) => (
          <circle key={one.store_id} cx={x(one)} cy={y(one)} r="2" className="map-out" />
        ))}
      {inside.map((one) => {
        const amount = money.get(one.store_id) ?? 0;
        return (
          <Tooltip key={one.store_id} content={`Store ${one.store_id}: ${moneyDelta(amount)}`}>
            <circle cx={x(one)} cy={y(one)} r={3 + 5 * Math.sqrt(Math.abs(amount) / most)} className={`map-in map-${direction}`} />
          </Tooltip>
        );
      })}
    </svg>
  );
}
