export {
  type ContractLog,
  type ContractLogOptions,
  describeLogContract,
  type LogContractOptions,
  type Vitest,
} from "./contract.ts";
export { type EntryParts, entries, entry, stored } from "./entries.ts";
