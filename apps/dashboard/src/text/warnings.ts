import type { TelemetryWarning } from "@tesa/core";

/**
 * What the decoder says of a message, by language. It stands apart from the other words: it is needed for a message in full
 * only, and is loaded with that.
 */
export const WARNINGS: Readonly<Record<"en" | "th", Readonly<Record<TelemetryWarning, string>>>> = {
  en: {
    "topic-unexpected": "The topic is not device/<id>/telemetry or device/<id>/telemetry/<sensor>.",
    "device-mismatch": "The payload names another device than the topic; the topic counts.",
    "timestamp-assumed-utc": "The time stamp has no time zone; it was taken as UTC.",
    "timestamp-unreadable": "The time stamp cannot be read as a time.",
    "precision-lost": "A whole number has more digits than can be drawn; the payload below has them all.",
    "number-out-of-range": "A number is too large to be drawn; the payload below has it.",
  },
  th: {
    "topic-unexpected": "หัวข้อไม่อยู่ในรูปแบบ device/<id>/telemetry หรือ device/<id>/telemetry/<sensor>",
    "device-mismatch": "เนื้อหาระบุอุปกรณ์คนละตัวกับหัวข้อ ระบบยึดตามหัวข้อ",
    "timestamp-assumed-utc": "เวลาในข้อความไม่มีเขตเวลา จึงถือว่าเป็นเวลา UTC",
    "timestamp-unreadable": "อ่านเวลาในข้อความไม่ได้",
    "precision-lost": "มีจำนวนเต็มที่มีหลักมากเกินกว่าจะแสดงบนกราฟได้ครบ ดูค่าเต็มได้ในเนื้อหาด้านล่าง",
    "number-out-of-range": "มีตัวเลขที่ใหญ่เกินกว่าจะแสดงบนกราฟได้ ดูค่าได้ในเนื้อหาด้านล่าง",
  },
};
