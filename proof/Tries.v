(** * Sets of lists of bits: the number of different ones *)

From Coq Require Import List Bool Arith Lia.
From ExactRegions Require Import Checker.
Import ListNotations.

Fixpoint elements (t : trie) : list (list bool) :=
  match t with
  | Nothing => []
  | Branch e a b => (if e then [[]] else []) ++ map (cons false) (elements a) ++ map (cons true) (elements b)
  end.

Lemma entries_length t : entries t = length (elements t).
Proof.
  induction t as [|e a IHa b IHb]; simpl; auto.
  rewrite !app_length, !map_length, <- IHa, <- IHb. destruct e; simpl; lia.
Qed.

Lemma in_branch k e a b : In k (elements (Branch e a b)) <->
  match k with [] => e = true | false :: k' => In k' (elements a) | true :: k' => In k' (elements b) end.
Proof.
  simpl. rewrite !in_app_iff, !in_map_iff.
  destruct k as [|[|] k]; split; intros H.
  - destruct H as [H|[[x [H _]]|[x [H _]]]]; try discriminate. destruct e; [auto|contradiction].
  - subst e; left; left; auto.
  - destruct H as [H|[[x [H I]]|[x [H I]]]]; try discriminate; [destruct e; [destruct H; [discriminate|contradiction]|contradiction]|].
    inversion H; subst; auto.
  - right; right; exists k; auto.
  - destruct H as [H|[[x [H I]]|[x [H I]]]]; try discriminate; [destruct e; [destruct H; [discriminate|contradiction]|contradiction]|].
    inversion H; subst; auto.
  - right; left; exists k; auto.
Qed.

Lemma insert_spec k t j : In j (elements (insert k t)) <-> j = k \/ In j (elements t).
Proof.
  revert t j; induction k as [|c k IH]; intros t j.
  - destruct t as [|e a b]; simpl insert; rewrite ?in_branch.
    + destruct j as [|[|] j]; simpl; intuition congruence.
    + destruct j as [|[|] j]; intuition congruence.
  - destruct t as [|e a b], c; simpl insert; rewrite ?in_branch; destruct j as [|[|] j]; rewrite ?IH; simpl;
      intuition congruence.
Qed.

Lemma elements_nodup t : NoDup (elements t).
Proof.
  assert (M : forall c (l : list (list bool)), NoDup l -> NoDup (map (cons c) l)).
  { intros c l H; induction H as [|x l Hx H IH]; simpl; constructor; auto.
    rewrite in_map_iff; intros [y [E Hy]]; inversion E; subst; auto. }
  assert (A : forall (l m : list (list bool)), NoDup l -> NoDup m -> (forall x, In x l -> ~ In x m) -> NoDup (l ++ m)).
  { intros l m Hl Hm H; induction Hl as [|x l Hx Hl IH]; auto. simpl; constructor.
    - rewrite in_app_iff. intros [Q|Q]; [auto|]. apply (H x); [left; auto|auto].
    - apply IH. intros y Hy; apply H; right; auto. }
  induction t as [|e a IHa b IHb]; simpl; [constructor|]. apply A.
  - destruct e; repeat constructor; auto.
  - apply A; auto. intros x. rewrite !in_map_iff. intros [y [E _]] [z [F _]]. congruence.
  - intros x Hx. rewrite in_app_iff, !in_map_iff. destruct e; [|contradiction].
    destruct Hx as [Hx|[]]; subst. intros [[y [E _]]|[y [E _]]]; discriminate.
Qed.

Lemma different_spec ks : exists qs, NoDup qs /\ length qs = different ks /\ forall q, In q qs <-> In q ks.
Proof.
  exists (elements (fold_left (fun t k => insert k t) ks Nothing)).
  split; [apply elements_nodup|]. split; [unfold different; symmetry; apply entries_length|].
  intros q. assert (G : forall t, In q (elements (fold_left (fun t k => insert k t) ks t)) <-> In q (elements t) \/ In q ks).
  { induction ks as [|k ks IH]; intros t; simpl; [tauto|]. rewrite IH, insert_spec. intuition congruence. }
  rewrite G; simpl; tauto.
Qed.
