/**
 * Members that are made when they are first read. To a reader they are plain data; copying an object with spread reads
 * them, copying its property descriptors does not.
 */
export function defineLate(object: object, name: string, make: () => unknown): void {
  const makers = (object as Late)[makersOf];
  if (makers) makers.set(name, make);
  else Object.defineProperty(object, makersOf, { value: new Map([[name, make]]) });
  Object.defineProperty(object, name, accessorOf(name));
}

/** Whether a member has yet to be made. */
export function isLate(object: object, name: string): boolean {
  return Object.getOwnPropertyDescriptor(object, name)?.get !== undefined;
}

/** Writes a member, whatever its name: `__proto__` is one like any other. */
export function become(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, plain(value));
}

function plain(value: unknown): PropertyDescriptor {
  return { enumerable: true, configurable: true, writable: true, value };
}

const makersOf: unique symbol = Symbol("makers");

interface Late {
  [makersOf]?: Map<string, () => unknown>;
}

const remembered = 100;
const accessors = new Map<string, PropertyDescriptor>();

// One accessor for a name, not one for an object: see `Attempt`. It is a constant of the name, so sharing it shares no state.
function accessorOf(name: string): PropertyDescriptor {
  const known = accessors.get(name);
  if (known) return known;
  const made: PropertyDescriptor & ThisType<Late> = {
    enumerable: true,
    configurable: true,
    get() {
      const makers = this[makersOf];
      const value = makers?.get(name)?.();
      // What it was made of is let go. A frozen object stays as it is, and its member is made once all the same.
      if (Reflect.defineProperty(this, name, plain(value))) makers?.delete(name);
      else makers?.set(name, () => value);
      return value;
    },
    set(value: unknown) {
      become(this, name, value);
    },
  };
  if (accessors.size < remembered) accessors.set(name, made);
  return made;
}
