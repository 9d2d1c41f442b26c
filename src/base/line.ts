/**
 * Things in line, linked through themselves: anything can leave from anywhere without a search. A thing stands in one
 * line at a time.
 */
export interface InLine<T> {
  previous: T | null;
  next: T | null;
}

export class Line<T extends InLine<T>> {
  length = 0;
  private first: T | null = null;
  private last: T | null = null;

  append(item: T): void {
    item.previous = this.last;
    item.next = null;
    if (this.last === null) this.first = item;
    else this.last.next = item;
    this.last = item;
    this.length++;
  }

  /** Null when nobody is in line. */
  takeFirst(): T | null {
    const { first } = this;
    if (first !== null) this.remove(first);
    return first;
  }

  takeLast(): T | null {
    const { last } = this;
    if (last !== null) this.remove(last);
    return last;
  }

  /** It must stand in this line. */
  remove(item: T): void {
    const { previous, next } = item;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    item.previous = null;
    item.next = null;
    this.length--;
  }
}
