import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, Search } from "lucide-react";
import {
  type ReactElement,
  Suspense,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { DeviceDetail, LoggedMessage } from "../../data/device-detail.ts";
import type { Mark } from "../../data/marks.ts";
import { visibleText } from "../../data/names.ts";
import type { Text } from "../../text/en.ts";
import type { Formats } from "../../text/formats.ts";
import { SensorName } from "../device-name.tsx";
import { lazyPart } from "../lazy-part.ts";
import { Tag } from "../parts/tag.tsx";
import { useFormats, usePreferences, useText } from "../preferences.tsx";
import { usePaced } from "../ticker.ts";
import { filterMessages, prepareFilter } from "./filter-messages.ts";
import { summaryOf } from "./payload.ts";

const loadDialog = () => import("./message-dialog.tsx");
const MessageDialog = lazyPart(loadDialog);

interface MessageListProps {
  readonly detail: DeviceDetail;
  /** While the view stands still, messages behind this time are not shown; `null` while it is live. */
  readonly until: number | null;
  readonly filter: string;
  readonly onFilter: (filter: string) => void;
}

const ROW_HEIGHT = { wide: 26, narrow: 44 };
/** Below this, a message stands below its time: there would be no room for it beside that. Tailwind's `max-sm`. */
const NARROW = "(width < 40rem)";
const REFRESH_MS = 250;

/** The messages as they came, like in a terminal: the newest at the foot. */
export function MessageList({ detail, until, filter, onFilter }: MessageListProps): ReactElement {
  const text = useText();
  const formats = useFormats();
  const { language } = usePreferences();
  const version = usePaced(() => detail.version, REFRESH_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the messages change with the version
  const messages = useMemo(
    () => filterMessages(detail.messages, filter, until, { text, language }),
    [detail, version, filter, until, text, language],
  );
  const [isFollowing, setFollowing] = useState(true);
  const [opened, setOpened] = useState<LoggedMessage | null>(null);
  const [wasOpened, setWasOpened] = useState(false);
  const open = (logged: LoggedMessage) => {
    setOpened(logged);
    setWasOpened(true);
  };
  // Whoever points at a message is about to open it. What fails is tried again then.
  const prepare = () => void loadDialog().catch(() => {});
  const scroller = useRef<HTMLDivElement>(null);
  /** Where the list stood at its last move. */
  const scrolled = useRef({ scrollTop: 0, scrollHeight: 0, clientHeight: 0 });
  const rowHeight = useRowHeight();
  const virtualizer = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    initialRect: { width: 800, height: 360 },
  });
  // The library remembers sizes by place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is what it is about
  useLayoutEffect(() => virtualizer.measure(), [rowHeight, virtualizer]);
  const height = virtualizer.getTotalSize();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end is elsewhere when the height has changed
  useLayoutEffect(() => {
    // Further than the end is the end; to ask where that is would lay out the page once more.
    if (isFollowing && scroller.current !== null) scroller.current.scrollTop = messages.length * rowHeight;
  }, [isFollowing, messages, rowHeight, height]);
  const onScroll = () => {
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = scroller.current ?? {};
    const last = scrolled.current;
    scrolled.current = { scrollTop, scrollHeight, clientHeight };
    if (scrollHeight - scrollTop - clientHeight < rowHeight * 2) setFollowing(true);
    // Where the list or its rows have another size now, it was moved by that, not by the user.
    else if (
      scrollHeight === last.scrollHeight &&
      clientHeight === last.clientHeight &&
      scrollTop < last.scrollTop
    )
      setFollowing(false);
  };
  return (
    <section className="overflow-hidden rounded-2xl border border-line bg-surface shadow-card">
      <div className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-2.5">
        <h2 className="text-sm font-semibold">{text.device.messages}</h2>
        <span className="tnum text-xs text-muted">
          {countWords(detail, messages.length, filter !== "", text, formats)}
        </span>
        <div className="relative ml-auto w-full max-w-72 min-w-40 flex-1">
          <Search size={14} className="pointer-events-none absolute top-2.25 left-2.5 text-faint" />
          <input
            type="search"
            aria-label={text.device.filterMessages}
            placeholder={text.device.filterMessages}
            value={filter}
            onFocus={() => void prepareFilter().catch(() => {})}
            onChange={(event) => onFilter(event.target.value)}
            className="h-8 w-full rounded-lg border border-line bg-sunken pr-2 pl-8 text-[13px] placeholder:text-faint focus:border-accent focus:outline-none"
          />
        </div>
        <button
          type="button"
          aria-pressed={isFollowing}
          onClick={() => setFollowing(!isFollowing)}
          className="inline-flex h-8 items-center gap-1.5 rounded-lg border border-line px-2.5 text-[13px] font-medium text-muted hover:border-line-strong hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent"
        >
          <ArrowDownToLine size={14} /> {text.device.follow}
        </button>
      </div>
      <div
        ref={scroller}
        onScroll={onScroll}
        onPointerEnter={prepare}
        onFocus={prepare}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        tabIndex={0}
        aria-label={text.device.messages}
        role="log"
        aria-live="off"
        className="h-90 overflow-auto bg-sunken font-mono text-xs outline-offset-[-2px]"
      >
        {messages.length === 0 && (
          <p className="p-6 text-center font-sans text-sm text-muted">
            {detail.messages.length === 0 ? text.device.noMessages : text.device.noMatchingMessages}
          </p>
        )}
        <div className="relative w-full" style={{ height }}>
          {virtualizer.getVirtualItems().map((item) => {
            const logged = messages[item.index];
            return (
              logged !== undefined && (
                <div
                  key={item.key}
                  className="absolute inset-x-0 top-0"
                  style={{ transform: `translateY(${item.start}px)`, height: rowHeight }}
                >
                  <MessageRow logged={logged} onOpen={() => open(logged)} />
                </div>
              )
            );
          })}
        </div>
      </div>
      {wasOpened && (
        <Suspense>
          <MessageDialog logged={opened} onClose={() => setOpened(null)} />
        </Suspense>
      )}
    </section>
  );
}

function useRowHeight(): number {
  const isNarrow = useSyncExternalStore(
    (onChange) => {
      const query = matchMedia(NARROW);
      query.addEventListener("change", onChange);
      return () => query.removeEventListener("change", onChange);
    },
    () => matchMedia(NARROW).matches,
  );
  return isNarrow ? ROW_HEIGHT.narrow : ROW_HEIGHT.wide;
}

/** What the number beside the title counts. */
function countWords(
  { messages, history }: DeviceDetail,
  listed: number,
  isFiltered: boolean,
  text: Text,
  formats: Formats,
): string {
  const n = formats.count(listed);
  if (isFiltered) return text.device.matching(n, formats.count(messages.length));
  return history.type === "loaded" ? text.device.listedWithHistory(n) : text.device.listed(n);
}

const TONES: Readonly<Record<Mark, "warn" | "bad">> = { late: "warn", clock: "warn", malformed: "bad" };

/** As much of a payload as fits into any line. */
const SHOWN_CHARACTERS = 400;

function MessageRow({
  logged,
  onOpen,
}: {
  readonly logged: LoggedMessage;
  readonly onOpen: () => void;
}): ReactElement {
  const text = useText();
  const formats = useFormats();
  const { message, marks } = logged;
  const hints = {
    late: text.device.lateHint,
    clock: text.device.clockHint,
    malformed: text.device.malformedHint,
  };
  return (
    <button
      type="button"
      onClick={onOpen}
      className="flex h-full w-full items-center gap-x-3 gap-y-0.5 px-4 max-sm:flex-wrap max-sm:content-center text-left whitespace-nowrap hover:bg-line/50"
    >
      <span className="tnum text-faint">{formats.timeWithMs(message.receivedAt)}</span>
      <SensorName
        name={message.sensor ?? "·"}
        className="truncate text-accent max-sm:min-w-16 max-sm:flex-1 sm:max-w-40 sm:shrink-0"
      />
      {marks.map((mark) => (
        <Tag key={mark} tone={TONES[mark]} title={hints[mark]}>
          {text.device[mark]}
        </Tag>
      ))}
      <bdi className="truncate max-sm:w-full">{visibleText(summaryOf(message), SHOWN_CHARACTERS)}</bdi>
    </button>
  );
}
