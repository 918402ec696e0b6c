"""Files as shops' programs export them: short, and with what is peculiar to each."""

SHOPIFY = """\
Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,\
Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Grams,\
Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,\
Cost per item,Status
tee,Linen tee,<p>Soft</p>,Acme,Clothing,Tees,,true,Size,S,Colour,Red,T-S-R,180,3,15.00,\
20.00,4006381333931,https://e.example/a.jpg,5.00,active
tee,,,,,,,,,M,,Red,T-M-R,190,4,16.00,0,12,https://e.example/b.jpg,5.00,
tee,,,,,,,,,,,,,,,,,,https://e.example/c.jpg,,
cap,Warm cap,<p>Warm</p>,Acme,,Caps,,true,Title,Default Title,,,C-1,90,7,9.00,,,,2.00,\
active
mug,Mug,,Acme,,,,true,Title,Default Title,,,G-1,90,1,8.00,,,,2.00,active
"""
WOOCOMMERCE = """\
ID,Type,SKU,Name,Published,Parent,Regular price,Stock,Categories,Description,\
Attribute 1 name,Attribute 1 value(s)
10,variable,HOOD,Hoodie,1,,,,"Clothing > Hoodies, Sale",Warm,Size,"S, M"
11,variation,HOOD-S,"Hoodie - S",1,HOOD,40,5,,,Size,S
12,variation,HOOD-M,"Hoodie - M",1,id:10,42,2,,,Size,M
13,simple,BELT,Belt,1,,18,9,Clothing,,Material,Leather
14,grouped,SET,Set,1,,,,Clothing,,,
"""
MAGENTO = """\
sku,attribute_set_code,product_type,categories,name,price,qty,configurable_variations
J-S,Top,simple,Default Category/Men,Jacket-S,50.0000,4,
J-M,Top,simple,Default Category/Men,Jacket-M,52.0000,1,
J,Top,configurable,Default Category/Men,Jacket,,,"sku=J-S,size=S|sku=J-M,size=M"
BAG,Bag,simple,"Default Category/Gear,Default Category/Gear/Bags",Bag,34.0000,10,
"""
SQUARESPACE = """\
Product ID [Non Editable],Product Type [Non Editable],Title,Description,SKU,\
Option Name 1,Option Value 1,Price,Sale Price,Stock,Categories
p1,PHYSICAL,Candle,Nice,CA-S,Size,Small,12.00,10.00,4,Home
,,,,CA-L,,Large,18.00,0.00,Unlimited,
p2,PHYSICAL,Matches,,MA,,,2.00,0.00,50,Home
"""
SQUARE = """\
Token,Item Name,Variation Name,SKU,Description,Category,Price,Current Quantity Main
t1,Coffee,250 g,CO-250,Dark,Coffee,7.50,10
t2,Coffee,1 kg,CO-1000,Dark,Coffee,25.00,3
t3,Filter,Regular,FI,,Coffee,4.00,8
"""
MEDUSA = """\
Product Id,Product Handle,Product Title,Product Description,Product Collection Title,\
Variant Id,Variant Title,Variant SKU,Variant Inventory Quantity,Option 1 Name,\
Option 1 Value,Price USD,Price EUR
p1,shirt,Shirt,Nice,Summer,v1,S,SH-S,5,Size,S,19.50,17.00
p1,shirt,Shirt,Nice,Summer,v2,M,SH-M,6,Size,M,20.50,18.00
"""
WIX = """\
handleId,fieldType,name,description,collection,sku,price,surcharge,inventory,\
productOptionName1,productOptionDescription1
h1,Product,Ring,Gold,Rings,R,90,,,Size,52;54
h1,Variant,,,,R-52,,0,3,,52
h1,Variant,,,,R-54,,5,InStock,,54
h2,Product,Chain,Silver,Chains,CH,40,,6,,
"""
VENDURE = """\
name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,\
stockOnHand,trackInventory
Laptop,laptop,Fast,,,screen size|RAM,13 inch|8GB,L138,899,standard,5,false
,,,,,,13 inch|16GB,L1316,1029,standard,2,false
Mouse,mouse,Small,,,,,M,19,standard,9,false
"""
ETSY = """\
TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,TAGS,MATERIALS,SKU,VARIATION 1 TYPE,\
VARIATION 1 NAME,VARIATION 1 VALUES
Ring,Gold,90,USD,3,"gold,ring",Gold,"R-S,R-M",Custom,Size,"S,M"
Chain,Silver,40,USD,6,silver,Silver,CH,,,
"""
