/** 128 random bits as 32 hexadecimal digits: enough that no two logs in the world share an id. */
export function randomId(random: () => number): string {
  let id = "";
  for (let index = 0; index < 32; index += 1) id += Math.floor(random() * 16).toString(16);
  return id;
}
