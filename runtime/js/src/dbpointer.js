// The deprecated BSON type DBPointer, which npm bson would turn into a DBRef and so lose on the way out.
export class DBPointer {
  constructor(ref, id) {
    this.$ref = ref;
    this.$id = id;
  }

  get [Symbol.for("@@mdb.bson.type")]() {
    return "DBPointer";
  }
}
