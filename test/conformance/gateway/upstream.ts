/** Where the pretend vendors are. The suite writes the real addresses over these before it builds. */
export const upstream = "http://127.0.0.1:9";
export const flood = "http://127.0.0.1:9";
