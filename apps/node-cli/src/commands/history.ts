import type { Command } from "commander";
export function addHistory(_program: Command, _exit: (code: number) => void): void {}
