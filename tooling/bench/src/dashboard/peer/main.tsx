// What the platform's current dashboard does: React state with the newest 1,000 messages, copied for each message, and
// Recharts.
import { type ReactElement, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from "recharts";

interface Message {
  readonly seq: number;
  readonly deviceId: string;
  readonly receivedAt: number;
  readonly readings: readonly {
    readonly sensor: string;
    readonly value: number;
    readonly unit: string;
  }[];
}

const MAX_MESSAGES = 1_000;
const LISTED = 10;
const CHARTS = [
  { sensor: "temperature", colour: "#0f766e" },
  { sensor: "humidity", colour: "#1d4ed8" },
  { sensor: "vibration", colour: "#b45309" },
];

function Peer(): ReactElement {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [readings, setReadings] = useState(0);
  useEffect(() => {
    const source = new EventSource("../v1/stream");
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as Message;
      setMessages((last) => [...last, message].slice(-MAX_MESSAGES));
      setReadings((count) => count + message.readings.length);
    };
    return () => source.close();
  }, []);
  return (
    <>
      <p>
        Readings: <span data-readings>{readings}</span>
      </p>
      {CHARTS.map((chart) => (
        <Chart key={chart.sensor} messages={messages} {...chart} />
      ))}
      <Newest messages={messages} />
    </>
  );
}

function Chart({
  messages,
  sensor,
  colour,
}: {
  readonly messages: readonly Message[];
  readonly sensor: string;
  readonly colour: string;
}): ReactElement {
  const points = messages.flatMap(({ receivedAt, readings }) =>
    readings.filter((reading) => reading.sensor === sensor).map(({ value }) => ({ receivedAt, value })),
  );
  return (
    <LineChart width={900} height={220} data={points}>
      <CartesianGrid strokeDasharray="3 3" />
      <XAxis dataKey="receivedAt" tickFormatter={(time: number) => new Date(time).toLocaleTimeString()} />
      <YAxis />
      <Tooltip />
      <Line dataKey="value" name={sensor} stroke={colour} dot={false} isAnimationActive={false} />
    </LineChart>
  );
}

function Newest({ messages }: { readonly messages: readonly Message[] }): ReactElement {
  return (
    <table>
      <tbody>
        {messages.slice(-LISTED).map(({ seq, deviceId, readings }) => (
          <tr key={seq}>
            <td>{deviceId}</td>
            <td>{readings.map(({ sensor, value, unit }) => `${sensor} ${value} ${unit}`).join(", ")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root.");
createRoot(root).render(<Peer />);
