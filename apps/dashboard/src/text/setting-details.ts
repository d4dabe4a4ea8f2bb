import type { Language } from "./texts.ts";

/** What the core's sentence about a setting has in it, and the same in Thai; the value stands in the field above it. */
const IN_THAI: readonly (readonly [part: string, thai: string])[] = [
  ["has spaces or line breaks in it", "มีช่องว่างหรือการขึ้นบรรทัดใหม่อยู่ ให้ลบออก"],
  ["has spaces or control characters in it", "มีช่องว่างหรืออักขระควบคุมอยู่ ให้ลบออก"],
  ["has spaces around it", "มีช่องว่างอยู่ข้างหน้าหรือข้างหลัง ให้ลบออก"],
  ["has line breaks or other control characters", "มีการขึ้นบรรทัดใหม่หรืออักขระควบคุมอยู่ ให้ลบออก"],
  ["has quotes in it", "มีเครื่องหมายคำพูดอยู่ ให้ใส่โดยไม่มีเครื่องหมายคำพูด"],
  ["has invisible characters in it", "มีอักขระที่มองไม่เห็นอยู่ ให้คัดลอกใหม่ หรือคัดลอกจากที่อื่น"],
  ["is shortened for display", "เป็นโทเคนแบบย่อสำหรับแสดงผล ให้คัดลอกโทเคนทั้งหมด หากไม่มีแล้วให้สร้างใหม่"],
  ["is a placeholder", "เป็นข้อความตัวอย่าง ให้ใส่โทเคนจาก Admin UI (Organization Settings > MQTT API Tokens)"],
  ["does not begin with tesa_mqtt_", "ไม่ได้ขึ้นต้นด้วย tesa_mqtt_ ให้คัดลอกโทเคนทั้งหมด"],
  ["has other characters before tesa_mqtt_", "มีอักขระอื่นอยู่หน้า tesa_mqtt_ ให้ลบออก"],
  ["has tesa_mqtt_ in it twice", "มี tesa_mqtt_ สองครั้ง ให้ใส่โทเคนเดียวเพียงครั้งเดียว"],
  ["is not whole: after tesa_mqtt_", "ไม่ครบ: หลัง tesa_mqtt_ ต้องเป็นชื่อองค์กร ตามด้วย _ และอักขระสุ่ม ให้คัดลอกทั้งหมด"],
  ["bytes long: copy the token and no more", "ยาวเกินไป ให้คัดลอกเฉพาะโทเคน"],
  ["must not have a user or password in it", "ต้องไม่มีชื่อผู้ใช้หรือรหัสผ่านอยู่ โทเคนทำหน้าที่นั้นแล้ว"],
  ["must not have a ? or # in it", "ต้องไม่มี ? หรือ # ให้ลบส่วนที่อยู่หลังพาธ"],
  ["has no scheme", "ไม่มี wss:// อยู่ข้างหน้า"],
  ["is no valid URL", "ไม่ใช่ URL ที่ถูกต้อง"],
  ["has the scheme", "ต้องขึ้นต้นด้วย wss:// (MQTT ผ่าน WebSocket ที่เข้ารหัส)"],
  ["would send the token unencrypted", "จะส่งโทเคนโดยไม่เข้ารหัส ws:// ใช้ได้เฉพาะกับเครื่องนี้ (localhost)"],
  ["has a token in it", "มีโทเคนอยู่ในช่องนี้ ให้ใส่โทเคนในช่องของโทเคนเท่านั้น"],
  ["is a shared subscription", "เป็น shared subscription ซึ่งใช้ที่นี่ไม่ได้ ให้ใส่เฉพาะตัวกรอง"],
  ["has a + beside other characters", "มี + ติดกับอักขระอื่น + แทนทั้งระดับ จึงต้องอยู่เดี่ยวๆ ระหว่าง /"],
  ["has a # beside other characters", "มี # ติดกับอักขระอื่น ต้องอยู่เดี่ยวๆ หลัง / ตัวสุดท้าย"],
  ["has a # before its last level", "มี # ก่อนระดับสุดท้าย # แทนทุกระดับที่ตามมา จึงต้องอยู่ท้ายสุด"],
  ["must be one filter", "ต้องเป็นตัวกรองเดียว"],
  [
    "is not telemetry alone",
    "ไม่ใช่ข้อมูล telemetry เท่านั้น ซึ่งโทเคนรับได้อย่างเดียว ให้ใช้ device/+/telemetry/# หรือส่วนหนึ่งของตัวกรองนี้",
  ],
];

/** A detail in the language of the page, or in English, as the core has it, where there are no words for it. */
export function settingDetail(
  detail: string,
  language: Language,
): { readonly words: string; readonly lang: Language } {
  const thai = language === "th" ? IN_THAI.find(([part]) => detail.includes(` ${part}`)) : undefined;
  return thai === undefined ? { words: detail, lang: "en" } : { words: thai[1], lang: "th" };
}
