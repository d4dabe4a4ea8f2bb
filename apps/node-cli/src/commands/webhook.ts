import type { Command } from "commander";
export function addWebhook(_program: Command, _exit: (code: number) => void): void {}
