import { LayoutGrid, Rows3, Search, X } from "lucide-react";
import { type ReactElement, useMemo, useRef } from "react";
import { visibleText } from "../../data/names.ts";
import { Button } from "../parts/button.tsx";
import { Choice } from "../parts/choice.tsx";
import { Empty } from "../parts/empty.tsx";
import { Select } from "../parts/select.tsx";
import { useFormats, useText } from "../preferences.tsx";
import { useSession, useSessionState } from "../session-context.tsx";
import { useKey } from "../shortcuts.tsx";
import { usePaced } from "../ticker.ts";
import { DeviceList } from "./device-list.tsx";
import { type Density, EVERYTHING, useFleetSettings } from "./fleet-settings.ts";
import {
  type Counts,
  type FleetQuery,
  orderByName,
  type SortBy,
  selectDevices,
  sensorNames,
} from "./select-devices.ts";
import { useSettled } from "./settled.ts";
import { Summary } from "./summary.tsx";

/** From so many devices on, lines are more use than cards. */
const MANY_DEVICES = 60;

/** Everything that sends. */
export default function Fleet(): ReactElement {
  const text = useText();
  const session = useSession();
  const { settings, change } = useFleetSettings();
  const { query } = settings;
  const list = useRef<HTMLDivElement>(null);
  // What is shown changes with the connection, the fleet and time, not with each message.
  useSessionState();
  usePaced(() => Math.floor(session.now() / 1_000), 500);
  usePaced(() => session.store.fleetVersion, 250);
  const { store } = session;
  const names = useMemo(() => orderByName(store), [store, store.fleetVersion]);
  const selection = selectDevices(store, query, (device) => session.freshnessOf(device), names);
  const { counts, fleet } = selection;
  const devices = useSettled(selection.devices, { sortBy: query.sortBy, list });
  const total = store.devices.size;
  const density = settings.density ?? (total > MANY_DEVICES ? "rows" : "cards");
  const changeQuery = (part: Partial<FleetQuery>) => change({ query: { ...query, ...part } });
  return (
    <>
      <h1 tabIndex={-1} className="sr-only">
        {text.fleet}
      </h1>
      <Summary counts={fleet} />
      <Toolbar
        query={query}
        counts={counts}
        onChange={changeQuery}
        density={density}
        onDensity={(chosen) => change({ density: chosen })}
      />
      {devices.length > 0 ? (
        <div ref={list}>
          <DeviceList devices={devices} density={density} />
        </div>
      ) : total === 0 ? (
        <Waiting />
      ) : (
        <Empty title={text.list.noMatch} hint={text.list.noMatchHint}>
          <Button onClick={() => changeQuery(EVERYTHING)}>{text.list.reset}</Button>
        </Empty>
      )}
    </>
  );
}

interface ToolbarProps {
  readonly query: FleetQuery;
  readonly counts: Counts;
  readonly onChange: (part: Partial<FleetQuery>) => void;
  readonly density: Density;
  readonly onDensity: (density: Density) => void;
}

function Toolbar({ query, counts, onChange, density, onDensity }: ToolbarProps): ReactElement {
  const text = useText();
  const formats = useFormats();
  const { store } = useSession();
  // A sensor without a name cannot be told from all of them here.
  const sensors = sensorNames(store).filter((name) => name !== "");
  // While it is not known who is silent, nobody is counted as such.
  const kinds = ["all", "live", "quiet", "silent", "unknown"] as const;
  const offered = kinds.filter((kind) => kind !== "unknown" || counts.unknown > 0 || query.state === kind);
  const states = offered.map((value) => ({
    value,
    label: (
      <>
        {value === "all" ? text.list.all : text.freshness[value]}
        <span className="tnum text-xs text-faint">{formats.count(counts[value])}</span>
      </>
    ),
  }));
  return (
    <div className="my-5 flex flex-wrap items-center gap-2.5">
      <SearchField value={query.search} onChange={(search) => onChange({ search })} />
      <div className="max-sm:order-2 max-sm:w-full">
        <Choice
          label={text.list.state}
          value={query.state}
          options={states}
          onChange={(state) => onChange({ state })}
          isBroad
        />
      </div>
      {/* They stay together: a switch alone in a line would look lost. */}
      <div className="flex grow justify-between gap-2.5 max-sm:contents">
        <div className="flex gap-2.5 max-sm:order-3 max-sm:w-full">
          <Select
            label={text.list.sensor}
            value={query.sensor}
            options={[
              { value: "", label: text.list.allSensors },
              ...sensors.map((sensor) => ({
                value: sensor,
                label: visibleText(sensor, 60) || text.list.emptyName,
              })),
            ]}
            onChange={(sensor) => onChange({ sensor })}
          />
          <Select<SortBy>
            label={text.list.sort}
            value={query.sortBy}
            options={[
              { value: "name", label: text.list.sortName },
              { value: "fresh", label: text.list.sortFresh },
              { value: "rate", label: text.list.sortRate },
              { value: "state", label: text.list.sortState },
            ]}
            onChange={(sortBy) => onChange({ sortBy })}
          />
        </div>
        <div className="max-sm:order-1">
          <Choice
            label={text.list.view}
            value={density}
            options={[
              { value: "cards", label: <LayoutGrid size={16} />, name: text.list.cards },
              { value: "rows", label: <Rows3 size={16} />, name: text.list.rows },
            ]}
            onChange={onDensity}
          />
        </div>
      </div>
    </div>
  );
}

function SearchField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactElement {
  const text = useText();
  const input = useRef<HTMLInputElement>(null);
  useKey((key) => {
    if (key !== "/") return false;
    input.current?.focus();
    return true;
  });
  return (
    <div className="relative flex-1 max-sm:basis-0 sm:max-w-lg sm:basis-64">
      <Search size={16} className="pointer-events-none absolute top-2.5 left-3 text-faint" />
      <input
        ref={input}
        type="search"
        aria-label={text.list.search}
        placeholder={text.list.search}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          onChange("");
          event.currentTarget.blur();
        }}
        className="h-9 w-full rounded-lg border border-line bg-surface pr-9 pl-9 text-sm text-ellipsis shadow-card placeholder:text-faint focus:border-accent focus:outline-2 focus:-outline-offset-1 focus:outline-accent [&::-webkit-search-cancel-button]:hidden"
      />
      {value !== "" && (
        <Button
          kind="quiet"
          isIcon
          aria-label={text.list.clearSearch}
          onClick={() => onChange("")}
          className="absolute top-0 right-0"
        >
          <X size={16} />
        </Button>
      )}
    </div>
  );
}

/** Before the first device: a picture of what is to come while connecting, a word of patience or of comfort after. */
function Waiting(): ReactElement {
  const text = useText();
  const { link } = useSessionState();
  if (link.type === "live") return <Empty title={text.list.noDevices} hint={text.list.noDevicesHint} />;
  if (link.type !== "connecting") {
    return <Empty title={text.list.notConnected} hint={text.list.notConnectedHint} />;
  }
  return (
    <div aria-hidden="true" className="grid gap-3.5 sm:grid-cols-2 xl:grid-cols-4">
      {["a", "b", "c", "d"].map((key) => (
        <div key={key} className="skeleton h-52 rounded-2xl!" />
      ))}
    </div>
  );
}
