import { noteForReport } from "@tesa/workspace/vitest";
import type { TestProject } from "vitest/node";
import { differencesLine } from "./report.ts";
import { startBrokerUnderTest } from "./start.ts";

/** Starts the shared broker before the first test file and stops it after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const broker = await startBrokerUnderTest();
  const differences = differencesLine(broker);
  if (differences !== undefined) noteForReport(differences);
  const { choice, name, version, urls, caCertPath, credentials, lacks } = broker;
  project.provide("brokerUnderTest", { choice, name, version, urls, caCertPath, credentials, lacks });
  return () => broker.stop();
}
