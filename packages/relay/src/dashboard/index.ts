export { createDashboardHandler, type DashboardHandler, type DashboardOptions } from "./handler.ts";
