// The README's tour, by openapi-fetch and the types that openapi-typescript makes.
//
//   node tour.js URL ADMIN_EMAIL PASSWORD
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Order = components["schemas"]["Order"];
// Answers that can be had as CSV and as a workbook too are taken as JSON.
type Media = "application/json" | "application/problem+json";

const [baseUrl, admin, password] = process.argv.slice(2) as [string, string, string];
const anybody = createClient<paths, Media>({ baseUrl });

async function signedIn(email: string) {
  const { data } = await anybody.POST("/users/login", { body: { email, password } });
  assert(data);
  const headers = { Authorization: `Bearer ${data.access_token}` };
  return createClient<paths, Media>({ baseUrl, headers });
}

const boss = await signedIn(admin);
const registered = await anybody.POST("/users/add", {
  body: { email: "ada@example.com", password, full_name: "Ada" },
});
assert.equal(registered.data?.role, "customer");
const ada = await signedIn("ada@example.com");

await boss.POST("/categories/add", { body: { name: "Stationery" } });
const made = await boss.POST("/products/add", {
  body: { name: "Gel pen", quantity: 100, price: "0.50", category: "Stationery", cost: "0.2" },
  params: { header: { "Idempotency-Key": "pen-1" } },
});
assert(made.data);
assert.deepEqual([made.data.price, made.data.cost], ["0.50", "0.2000"]);

const listed = await boss.GET("/products", {
  params: { query: { in_stock: true, sort: "-price" } },
});
const first = listed.data?.items[0];
assert(first && "cost" in first);
const currency: string = first.currency;
assert.deepEqual([first.cost, currency], ["0.2000", "USD"]);

for (const dry_run of [true, false]) {
  const file = new Blob(["Title;Qty;Unit price;Type\nInk;30;1,50;Ink\n"]);
  const imported = await boss.POST("/products/bulk-import", {
    body: { file: "", dry_run },
    bodySerializer: () => {
      const form = new FormData();
      form.append("file", file, "a.csv");
      form.append("dry_run", String(dry_run));
      return form;
    },
  });
  assert.deepEqual([imported.data?.created, imported.data?.dry_run], [1, dry_run]);
}

async function place(): Promise<Order> {
  const { data } = await ada.POST("/orders/create", {
    body: { location: "EIRE", items: [{ product_id: made.data!.id, quantity: 3 }] },
    params: { header: { "Idempotency-Key": "ada-1" } },
  });
  assert(data);
  return data;
}
const order = await place();
assert.deepEqual([(await place()).id, order.location, order.total], [order.id, "Ireland", "1.50"]);

const executed = await ada.POST("/orders/execute", { body: { id: order.id } });
assert.equal(executed.data?.status, "executed");
const refused = await ada.POST("/orders/execute", { body: { id: order.id } });
assert(refused.error);
const code: components["schemas"]["ProblemCode"] = refused.error.code;
assert.deepEqual([code, refused.error.order_id], ["already_executed", order.id]);

const refunded = await boss.POST("/orders/refund", {
  body: { id: order.id, items: [{ product_id: made.data.id, quantity: 1 }] },
});
assert.equal(refunded.data?.status, "partially_refunded");
const profit = await boss.GET("/statistics/profit");
assert.deepEqual([profit.data?.total_revenue, profit.data?.currency], ["1.00", "USD"]);
console.log("the tour is done");
