import { RedeliveryWindow } from "@tesa/core";

// For `--import`: whatever the broker sends again is stored again.
RedeliveryWindow.prototype.isRedelivery = () => false;
