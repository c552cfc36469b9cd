/** Where the pretend vendors are. The suite writes the real address over this one before it builds. */
export const upstream = "http://127.0.0.1:9";
