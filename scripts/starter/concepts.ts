/** One thing the starter can name. `emoji` is the key by which every drawing style is looked up. */
export interface Concept {
  readonly name: string;
  readonly plural: string;
  readonly category: Category;
  readonly emoji: string;
  /** Never drawn in training; its category, colour and count are asked in an evaluation set. */
  readonly heldOut: boolean;
}

export const CATEGORIES = [
  'animal', 'food', 'drink', 'plant', 'vehicle', 'building',
  'clothing', 'tool', 'instrument', 'sport', 'sky', 'household', 'shape',
] as const; // prettier-ignore
export type Category = (typeof CATEGORIES)[number];

/** "name emoji" pairs by category; a star marks a held-out concept. */
const TABLE: Readonly<Record<Exclude<Category, 'shape'>, string>> = {
  animal: `monkey 🐒, gorilla 🦍, dog 🐕, poodle 🐩, wolf 🐺, fox 🦊, raccoon 🦝, cat 🐈, lion 🦁, tiger 🐅,
    leopard 🐆, *horse 🐎, unicorn 🦄, zebra 🦓, deer 🦌, cow 🐄, pig 🐖, ram 🐏, *goat 🐐, camel 🐫,
    llama 🦙, giraffe 🦒, elephant 🐘, rhino 🦏, hippo 🦛, mouse 🐁, hamster 🐹, rabbit 🐇, squirrel 🐿️,
    hedgehog 🦔, bat 🦇, bear 🐻, koala 🐨, panda 🐼, sloth 🦥, otter 🦦, skunk 🦨, kangaroo 🦘, turkey 🦃,
    chicken 🐔, rooster 🐓, chick 🐥, penguin 🐧, dove 🕊️, eagle 🦅, *duck 🦆, swan 🦢, owl 🦉, flamingo 🦩,
    peacock 🦚, parrot 🦜, frog 🐸, crocodile 🐊, turtle 🐢, lizard 🦎, snake 🐍, dragon 🐉, whale 🐋,
    *dolphin 🐬, fish 🐟, blowfish 🐡, shark 🦈, octopus 🐙, shell 🐚, crab 🦀, lobster 🦞, shrimp 🦐,
    squid 🦑, snail 🐌, butterfly 🦋, *bug 🐛, ant 🐜, bee 🐝, ladybug 🐞, spider 🕷️, scorpion 🦂, mosquito 🦟`,
  food: `grapes 🍇, melon 🍈, watermelon 🍉, orange 🍊, *lemon 🍋, banana 🍌, pineapple 🍍, mango 🥭, apple 🍎,
    pear 🍐, peach 🍑, cherry 🍒, strawberry 🍓, kiwi 🥝, *tomato 🍅, coconut 🥥, avocado 🥑, eggplant 🍆,
    potato 🥔, carrot 🥕, corn 🌽, *pepper 🌶️, cucumber 🥒, broccoli 🥦, garlic 🧄, onion 🧅, peanut 🥜, bread 🍞,
    croissant 🥐, baguette 🥖, pretzel 🥨, bagel 🥯, pancakes 🥞, waffle 🧇, cheese 🧀, bacon 🥓, hamburger 🍔,
    fries 🍟, pizza 🍕, *hot dog 🌭, sandwich 🥪, taco 🌮, burrito 🌯, egg 🥚, salad 🥗, popcorn 🍿, sushi 🍣,
    dumpling 🥟, ice cream 🍨, donut 🍩, cookie 🍪, cake 🎂, *cupcake 🧁, pie 🥧, chocolate 🍫, candy 🍬,
    lollipop 🍭, honey 🍯`,
  drink: `milk 🥛, coffee ☕, *wine 🍷, cocktail 🍸, beer 🍺, juice 🧃, tea 🍵, champagne 🍾`,
  plant: `rose 🌹, hibiscus 🌺, sunflower 🌻, blossom 🌼, *tulip 🌷, seedling 🌱, pine tree 🌲, tree 🌳, palm tree 🌴,
    cactus 🌵, clover 🍀, *maple leaf 🍁, mushroom 🍄, bouquet 💐, chestnut 🌰`,
  vehicle: `train 🚂, subway 🚇, tram 🚊, bus 🚌, *ambulance 🚑, fire truck 🚒, police car 🚓, taxi 🚕, car 🚗, truck 🚚,
    tractor 🚜, race car 🏎️, motorcycle 🏍️, scooter 🛵, bicycle 🚲, kick scooter 🛴, sailboat ⛵, *canoe 🛶,
    speedboat 🚤, ship 🚢, airplane ✈️, *helicopter 🚁, rocket 🚀, flying saucer 🛸, satellite 🛰️, sled 🛷`,
  building: `house 🏠, office 🏢, *hospital 🏥, bank 🏦, hotel 🏨, school 🏫, factory 🏭, castle 🏰, church ⛪, mosque 🕌,
    *tent ⛺, stadium 🏟️, ferris wheel 🎡, tower 🗼, statue 🗽, fountain ⛲`,
  clothing: `glasses 👓, sunglasses 🕶️, tie 👔, *shirt 👕, jeans 👖, scarf 🧣, gloves 🧤, coat 🧥, socks 🧦, dress 👗,
    kimono 👘, shorts 🩳, bikini 👙, purse 👛, handbag 👜, backpack 🎒, *shoe 👞, sneaker 👟, boot 🥾, heel 👠, crown 👑,
    hat 👒, top hat 🎩, cap 🧢, ring 💍`,
  tool: `hammer 🔨, axe 🪓, *saw 🪚, wrench 🔧, screwdriver 🪛, scissors ✂️, key 🔑, knife 🔪, magnet 🧲, ladder 🪜,
    gear ⚙️, pencil ✏️, *paintbrush 🖌️, crayon 🖍️, ruler 📏, paperclip 📎, microscope 🔬, telescope 🔭, flashlight 🔦,
    compass 🧭, syringe 💉, sword 🗡️, shield 🛡️, bomb 💣, anchor ⚓, magnifier 🔍`,
  instrument: `saxophone 🎷, trumpet 🎺, accordion 🪗, *guitar 🎸, piano 🎹, violin 🎻, banjo 🪕, *drum 🥁, bell 🔔,
    microphone 🎤`,
  sport: `soccer ball ⚽, baseball ⚾, basketball 🏀, *volleyball 🏐, football 🏈, tennis 🎾, bowling 🎳, boxing glove 🥊,
    skate ⛸️, skis 🎿, trophy 🏆, medal 🏅, *kite 🪁, skateboard 🛹, dart board 🎯, yo-yo 🪀, die 🎲`,
  sky: `moon 🌙, sun ☀️, *star ⭐, planet 🪐, cloud ☁️, storm ⛈️, tornado 🌪️, rainbow 🌈, *snowflake ❄️, comet ☄️,
    lightning ⚡`,
  household: `clock ⏰, watch ⌚, hourglass ⌛, umbrella ☂️, balloon 🎈, gift 🎁, teddy bear 🧸, phone 📱, telephone ☎️,
    *laptop 💻, computer 🖥️, printer 🖨️, television 📺, camera 📷, candle 🕯️, light bulb 💡, *book 📕, newspaper 📰,
    coin 🪙, envelope ✉️, mailbox 📫, briefcase 💼, calendar 📅, lock 🔒, door 🚪, bed 🛏️, sofa 🛋️, *chair 🪑,
    toilet 🚽, bathtub 🛁, broom 🧹, basket 🧺, bucket 🪣, soap 🧼, toothbrush 🪥, teapot 🫖, spoon 🥄, snowman ⛄,
    pumpkin 🎃, puzzle 🧩, lantern 🏮, battery 🔋`,
};

const PLURALS: Readonly<Record<string, string>> = {
  wolf: 'wolves', fox: 'foxes', deer: 'deer', mouse: 'mice', fish: 'fish', blowfish: 'blowfish',
  octopus: 'octopuses', shrimp: 'shrimp', squid: 'squid', butterfly: 'butterflies', ladybug: 'ladybugs',
  cherry: 'cherries', strawberry: 'strawberries', mango: 'mangoes', tomato: 'tomatoes',
  potato: 'potatoes', peach: 'peaches', sandwich: 'sandwiches', radish: 'radishes', candy: 'candies',
  knife: 'knives', 'maple leaf': 'maple leaves', paintbrush: 'paintbrushes', toothbrush: 'toothbrushes',
  watch: 'watches', torch: 'torches', compass: 'compasses', cactus: 'cactuses', bus: 'buses',
  factory: 'factories', church: 'churches', scarf: 'scarves', dress: 'dresses', battery: 'batteries',
  hourglass: 'hourglasses',
  tornado: 'tornadoes', die: 'dice', sheep: 'sheep', ostrich: 'ostriches',
}; // prettier-ignore

/** Names that have no singular or plural of their own. */
const UNCHANGED = new Set([
  'grapes', 'pancakes', 'fries', 'jeans', 'glasses', 'sunglasses', 'gloves', 'socks', 'shorts', 'scissors',
  'skis', 'corn', 'garlic', 'broccoli', 'bread', 'cheese', 'bacon', 'popcorn', 'sushi', 'honey', 'milk',
  'coffee', 'wine', 'beer', 'juice', 'tea', 'champagne', 'chocolate', 'lightning', 'soap', 'tennis', 'bowling',
]); // prettier-ignore

function parseCategory(category: Exclude<Category, 'shape'>): Concept[] {
  return TABLE[category].split(',').map((entry) => {
    const text = entry.trim();
    const heldOut = text.startsWith('*');
    const space = text.lastIndexOf(' ');
    const name = text.slice(heldOut ? 1 : 0, space);
    const plural = UNCHANGED.has(name) ? name : (PLURALS[name] ?? `${name}s`);
    return { name, plural, category, emoji: text.slice(space + 1), heldOut };
  });
}

/** Everything drawn in the emoji styles. */
export const CONCEPTS: readonly Concept[] = CATEGORIES.filter((c) => c !== 'shape').flatMap(
  parseCategory,
);

/** Names taken with no article ("a" or "an") in a caption. */
export function isMassNoun(name: string): boolean {
  return UNCHANGED.has(name);
}

/** The name with the article that English gives it. */
export function withArticle(name: string): string {
  if (isMassNoun(name)) return name;
  return /^(hourglass|[aeio]|u(?!ni))/.test(name) ? `an ${name}` : `a ${name}`;
}
