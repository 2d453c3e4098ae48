(** * The checker

    A program.  It is written for any kind of numbers [T] with the five operations of [numbers]; that these are right is
    a hypothesis of the theorem.  In Coq they are those of the rationals; the extracted program takes those of zarith. *)

From Coq Require Import List Bool Arith.
From ExactRegions Require Import Definitions.
Import ListNotations.

Record numbers (T : Type) :=
  Numbers { zero : T; add : T -> T -> T; mul : T -> T -> T; opp : T -> T; leb : T -> T -> bool }.
Arguments Numbers {T}. Arguments zero {T}. Arguments add {T}. Arguments mul {T}. Arguments opp {T}. Arguments leb {T}.

(** A set of lists of bits, as a tree: how many different ones there are. *)
Inductive trie := Nothing | Branch (ends : bool) (off on : trie).

Fixpoint insert (k : list bool) (t : trie) : trie :=
  match k, t with
  | [], Nothing => Branch true Nothing Nothing
  | [], Branch _ a b => Branch true a b
  | false :: k', Nothing => Branch false (insert k' Nothing) Nothing
  | true :: k', Nothing => Branch false Nothing (insert k' Nothing)
  | false :: k', Branch e a b => Branch e (insert k' a) b
  | true :: k', Branch e a b => Branch e a (insert k' b)
  end.

Fixpoint entries (t : trie) : nat :=
  match t with
  | Nothing => 0
  | Branch e a b => (if e then 1 else 0) + entries a + entries b
  end.

Definition different (ks : list (list bool)) : nat := entries (fold_left (fun t k => insert k t) ks Nothing).

(** A proof that forms cannot all be positive: a multiplier for each of some rows of the cell, and one for the form. *)
Record refutation (T : Type) := Refutation { on_rows : list (nat * T); on_form : T }.
Arguments Refutation {T}. Arguments on_rows {T}. Arguments on_form {T}.

(** The search tree.  Units are counted over all stages. *)
Inductive tree (T : Type) :=
  | Leaf (witness : option (list T))                               (* all units are settled *)
  | Split (u : nat) (minus plus : tree T)                          (* a unit that cuts the cell: both sides *)
  | Side (u : nat) (t : tree T)                                    (* the same, in a part: the side of its prefix *)
  | Sign (u : nat) (b : bool) (proof : refutation T) (t : tree T)  (* a unit that keeps the sign [b] *)
  | Ends (u : nat) (b : bool) (proof : refutation T)               (* the same, against the prefix of the part *)
  | Elsewhere (part : tree T)                                      (* a part that begins at the root again *)
  | Cut.                                                           (* the search was cut short *)
Arguments Leaf {T}. Arguments Split {T}. Arguments Side {T}. Arguments Sign {T}. Arguments Ends {T}.
Arguments Elsewhere {T}. Arguments Cut {T}.

Section Checker.
Context {T : Type} (o : numbers T).

Definition is_zero (a : T) : bool := leb o a (zero o) && leb o (zero o) a.
Definition ltb (a b : T) : bool := negb (leb o b a).

(** ** Affine forms: coefficients, of which those that are missing are zero, and a constant *)

Definition form := (list T * T)%type.

Fixpoint add_scaled (y : T) (a b : list T) : list T :=
  match a, b with
  | [], _ => b
  | v :: a', [] => mul o y v :: add_scaled y a' []
  | v :: a', w :: b' => add o (mul o y v) w :: add_scaled y a' b'
  end.

(** [y f + g] *)
Definition plus_scaled (y : T) (f g : form) : form :=
  if is_zero y then g else (add_scaled y (fst f) (fst g), add o (mul o y (snd f)) (snd g)).

Definition nil_form : form := ([], zero o).
Definition negated (f : form) : form := (map (opp o) (fst f), opp o (snd f)).
Definition nonzero (d : nat) (f : form) : bool :=
  existsb (fun v => negb (is_zero v)) (firstn d (fst f)) || negb (is_zero (snd f)).

Fixpoint combined (ws : list T) (fs : list form) (b : T) : form :=
  match ws, fs with
  | w :: ws', f :: fs' => plus_scaled w f (combined ws' fs' b)
  | _, _ => ([], b)
  end.

Fixpoint value (a x : list T) : T :=
  match a, x with
  | v :: a', w :: x' => add o (mul o v w) (value a' x')
  | _, _ => zero o
  end.
Definition value_of (f : form) (x : list T) : T := add o (value (fst f) x) (snd f).

(** ** Nodes of the walk *)

Record entry := Entry { of_unit : unit T; its_form : form; settled : option bool }.

Definition wire (u : unit T) : bool := leb o (low u) (high u) && leb o (high u) (low u).

Definition start (u : unit T) : option bool := if wire u then Some true else None.

Definition entered (stage : list (unit T)) (below : list form) : list entry :=
  map (fun u => Entry u (combined (weight u) below (bias u)) (start u)) stage.

Definition first_entered (stage : list (unit T)) : list entry :=
  map (fun u => Entry u (weight u, bias u) (start u)) stage.

(** What a unit passes on, as a form, where its sign is settled. *)
Definition passed_form (e : entry) : form :=
  plus_scaled (match settled e with Some true => high (of_unit e) | _ => low (of_unit e) end) (its_form e) nil_form.

Fixpoint all_settled (es : list entry) : option (list bool) :=
  match es with
  | [] => Some []
  | e :: es' => match settled e, all_settled es' with Some b, Some bs => Some (b :: bs) | _, _ => None end
  end.

(** Signs of the stages that are done, the current stage, the stages to come, the rows of the cell, the units that were
    split on the way (the last one first), and whether nothing was settled since the last split. *)
Record node := Node {
  past : list bool; current : list entry; ahead : list (list (unit T));
  rows : list form; path : list nat; fresh : bool }.

(** Go on to the next stage while all units of the current one are settled. *)
Fixpoint advanced (p : list bool) (c : list entry) (stages : list (list (unit T))) (rs : list form) (us : list nat)
    (fr : bool) : node :=
  match stages with
  | [] => Node p c [] rs us fr
  | stage :: rest =>
      match all_settled c with
      | Some bs => advanced (p ++ bs) (entered stage (map passed_form c)) rest rs us fr
      | None => Node p c stages rs us fr
      end
  end.

Definition root (net : network T) (rs : list form) : node :=
  match net with
  | [] => Node [] [] [] rs [] false
  | stage :: rest => advanced [] (first_entered stage) rest rs [] false
  end.

(** The form of a unit of the current stage that is not settled. *)
Definition open_form (n : node) (u : nat) : option form :=
  if length (past n) <=? u then
    match nth_error (current n) (u - length (past n)) with
    | Some (Entry un f None) => if wire un then None else Some f
    | _ => None
    end
  else None.

Fixpoint set_sign (k : nat) (b : bool) (es : list entry) : list entry :=
  match es, k with
  | [], _ => []
  | e :: es', 0 => Entry (of_unit e) (its_form e) (Some b) :: es'
  | e :: es', S k' => e :: set_sign k' b es'
  end.

Definition settle (n : node) (u : nat) (b : bool) (rs : list form) (us : list nat) (fr : bool) : node :=
  advanced (past n) (set_sign (u - length (past n)) b (current n)) (ahead n) rs us fr.

Definition side (n : node) (u : nat) (b : bool) (f : form) : node :=
  settle n u b (rows n ++ [if b then f else negated f]) (u :: path n) true.

Definition kept (n : node) (u : nat) (b : bool) : node := settle n u b (rows n) (path n) false.

Definition finished (n : node) : option (list bool) :=
  match ahead n, all_settled (current n) with
  | [], Some bs => Some (past n ++ bs)
  | _, _ => None
  end.

(** The signs of the first [k] units, if all of them are settled. *)
Fixpoint first_signs (k : nat) (signs : list (option bool)) : option (list bool) :=
  match k, signs with
  | 0, _ => Some []
  | S k', Some b :: signs' => match first_signs k' signs' with Some bs => Some (b :: bs) | None => None end
  | _, _ => None
  end.

Definition signs_of (n : node) : list (option bool) := map Some (past n) ++ map settled (current n).

Fixpoint begins (P v : list bool) : bool :=
  match P, v with
  | [], _ => true
  | b :: P', c :: v' => eqb b c && begins P' v'
  | _ :: _, [] => false
  end.

(** The prefix of the part to which a side is left, at its beginning. *)
Definition left_prefix (P : list bool) (n : node) : option (list bool) :=
  match path n with
  | u :: us =>
      match first_signs (S u) (signs_of n) with
      | Some Q =>
          if fresh n && (length P <=? u) && forallb (fun v => v <=? u) us && begins P Q then Some Q else None
      | None => None
      end
  | [] => None
  end.

(** ** Suprema over a shape, and points in it *)

Definition max (a b : T) : T := if leb o a b then b else a.
Definition size (a : T) : T := max a (opp o a).
Definition minus (a b : T) : T := add o a (opp o b).

(** The sum of the worse ends. *)
Fixpoint over_sides (sides : list (T * T)) (a : list T) : T :=
  match sides, a with
  | (l, u) :: sides', v :: a' => add o (max (mul o v l) (mul o v u)) (over_sides sides' a')
  | _, _ => zero o
  end.

Definition sides_of (c : list T) (r : T) : list (T * T) := map (fun v => (minus v r, add o v r)) c.

Definition nonpositive (a : T) : bool := leb o a (zero o).

Definition never_positive (d : nat) (s : shape T) (f : form) : bool :=
  let '(a, b) := f in
  match s with
  | Whole => nonpositive b && forallb is_zero (firstn d a)
  | Box sides => nonpositive (add o (over_sides sides a) b)
  | BallInf c r => nonpositive (add o (over_sides (sides_of c r) a) b)
  | Ball1 c r =>
      nonpositive (add o (mul o r (fold_right (fun v m => max (size v) m) (zero o) a)) (value_of f c))
  | Ball2 c r =>
      let s := value_of f c in
      nonpositive s && leb o (mul o (mul o r r) (value a a)) (mul o s s)
  end.

Fixpoint in_sides (sides : list (T * T)) (x : list T) : bool :=
  match sides, x with
  | (l, u) :: sides', v :: x' => ltb l v && ltb v u && in_sides sides' x'
  | [], [] => true
  | _, _ => false
  end.

Fixpoint gaps (c x : list T) : list T :=
  match c, x with
  | a :: c', v :: x' => minus v a :: gaps c' x'
  | _, _ => []
  end.

Definition contains (s : shape T) (x : list T) : bool :=
  match s with
  | Whole => true
  | Box sides => in_sides sides x
  | BallInf c r => in_sides (sides_of c r) x
  | Ball1 c r => ltb (fold_right (fun v m => add o (size v) m) (zero o) (gaps c x)) r
  | Ball2 c r => let g := gaps c x in ltb (value g g) (mul o r r)
  end.

(** ** Refutations *)

Fixpoint total (rs : list form) (ys : list (nat * T)) (acc : form) : option form :=
  match ys with
  | [] => Some acc
  | (k, y) :: ys' => match nth_error rs k with Some f => total rs ys' (plus_scaled y f acc) | None => None end
  end.

Fixpoint ascending (ks : list nat) : bool :=
  match ks with
  | k :: (l :: _) as ks' => (k <? l) && ascending ks'
  | _ => true
  end.

(** No point of the shape makes all rows and [f] positive. *)
Definition refuted (d : nat) (s : shape T) (rs : list form) (f : form) (p : refutation T) : bool :=
  let ys := on_form p :: map snd (on_rows p) in
  forallb (leb o (zero o)) ys && existsb (ltb (zero o)) ys && ascending (map fst (on_rows p)) &&
  match total rs (on_rows p) (plus_scaled (on_form p) f nil_form) with
  | Some g => never_positive d s g
  | None => false
  end.

(** A unit keeps the sign [b]: the other one is refuted, and a form that is positive is not zero. *)
Definition keeps (d : nat) (s : shape T) (n : node) (b : bool) (f : form) (p : refutation T) : bool :=
  if b then nonzero d (negated f) && refuted d s (rows n) (negated f) p else refuted d s (rows n) f p.

(** ** The walk *)

(** What is asked: that leaves have witnesses, for a lower bound, and that nothing was cut short, for an upper one. *)
Record claim := Claim { lower : bool; upper : bool }.

Context (what : claim) (d : nat) (K : domain T) (net : network T).

Definition cut_form (cut : list T * T) : form := negated (fst cut, opp o (snd cut)).

Definition beginning : node := root net (map cut_form (cuts K)).

Definition witnessed (rs : list form) (w : option (list T)) : bool :=
  match w with
  | Some x => (length x =? d) && contains (around K) x && forallb (fun f => ltb (zero o) (value_of f x)) rs
  | None => negb (lower what)
  end.

Definition sum (a b : option nat) : option nat :=
  match a, b with Some i, Some j => Some (i + j) | _, _ => None end.

(** The number of leaves below a node, in the part with the prefix [P]; nothing if anything is wrong. *)
Fixpoint walk (P : list bool) (n : node) (t : tree T) : option nat :=
  match t with
  | Leaf w =>
      match finished n with
      | Some v => if begins P v && witnessed (rows n) w then Some 1 else None
      | None => None
      end
  | Split u t0 t1 =>
      match open_form n u with
      | Some f =>
          if (length P <=? u) && nonzero d f then sum (walk P (side n u false f) t0) (walk P (side n u true f) t1)
          else None
      | None => None
      end
  | Side u t =>
      match open_form n u, nth_error P u with
      | Some f, Some b => if nonzero d f then walk P (side n u b f) t else None
      | _, _ => None
      end
  | Sign u b p t =>
      match open_form n u with
      | Some f => if keeps d (around K) n b f p then walk P (kept n u b) t else None
      | None => None
      end
  | Ends u b p =>
      match open_form n u, nth_error P u with
      | Some f, Some c => if eqb b (negb c) && keeps d (around K) n b f p then Some 0 else None
      | _, _ => None
      end
  | Elsewhere t => match left_prefix P n with Some Q => walk Q beginning t | None => None end
  | Cut => if upper what then None else Some 0
  end.

(** ** Sizes *)

Definition is_length {A : Type} (k : nat) (l : list A) : bool := length l =? k.

Fixpoint fits (k : nat) (stages : network T) : bool :=
  match stages with
  | [] => true
  | stage :: rest => forallb (fun u => is_length k (weight u)) stage && fits (length stage) rest
  end.

Definition shape_fits (s : shape T) : bool :=
  match s with
  | Whole => true
  | Box sides => is_length d sides && forallb (fun side => ltb (fst side) (snd side)) sides
  | BallInf c r | Ball1 c r | Ball2 c r => is_length d c && ltb (zero o) r
  end.

(** The patterns at the leaves. *)
Fixpoint leaves (P : list bool) (n : node) (t : tree T) : list (list bool) :=
  match t with
  | Leaf _ => match finished n with Some v => [v] | None => [] end
  | Split u t0 t1 =>
      match open_form n u with
      | Some f => leaves P (side n u false f) t0 ++ leaves P (side n u true f) t1
      | None => []
      end
  | Side u t =>
      match open_form n u, nth_error P u with
      | Some f, Some b => leaves P (side n u b f) t
      | _, _ => []
      end
  | Sign u b _ t => leaves P (kept n u b) t
  | Ends _ _ _ => []
  | Elsewhere t => match left_prefix P n with Some Q => leaves Q beginning t | None => [] end
  | Cut => []
  end.

Definition check (t : tree T) : option nat :=
  if fits d net && shape_fits (around K) && forallb (fun cut => is_length d (fst cut)) (cuts K)
  then walk [] beginning t else None.

(** The same for winner units: how many different things the leaves tell. *)
Definition check_told (ts : list tournament) (t : tree T) : option nat :=
  match check t with
  | Some _ => Some (different (map (told ts) (leaves [] beginning t)))
  | None => None
  end.

End Checker.
