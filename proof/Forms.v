(** * Forms, suprema and points: what the checker computes is true of the reals *)

From Coq Require Import Reals List Bool Arith Lra Lia Psatz.
From ExactRegions Require Import Definitions Checker Reading Geometry.
Import ListNotations.
Open Scope R_scope.

Section Forms.
Context {T : Type} (o : numbers T) (val : T -> R) (ok : right o val).

Definition eval (f : form) (x : list R) : R := dot (map val (fst f)) x + val (snd f).

Lemma is_zero_spec a : is_zero o a = true <-> val a = 0.
Proof.
  unfold is_zero; rewrite andb_true_iff, !(val_leb _ _ ok), (val_zero _ _ ok). lra.
Qed.

Lemma ltb_spec a b : ltb o a b = true <-> val a < val b.
Proof.
  unfold ltb; rewrite negb_true_iff. destruct (leb o b a) eqn:E.
  - apply (val_leb _ _ ok) in E. split; [discriminate|lra].
  - split; auto. intros _. destruct (Rlt_dec (val a) (val b)) as [L|L]; auto. exfalso.
    assert (H : leb o b a = true) by (apply (val_leb _ _ ok); lra). congruence.
Qed.

Lemma val_max a b : val (max o a b) = Rmax (val a) (val b).
Proof.
  unfold max; destruct (leb o a b) eqn:E.
  - apply (val_leb _ _ ok) in E. rewrite Rmax_right; auto.
  - assert (~ val a <= val b) by (intros H; apply (val_leb _ _ ok) in H; congruence). rewrite Rmax_left; lra.
Qed.

Lemma val_minus a b : val (minus o a b) = val a - val b.
Proof. unfold minus; rewrite (val_add _ _ ok), (val_opp _ _ ok); lra. Qed.

Lemma val_size a : val (size o a) = Rabs (val a).
Proof.
  unfold size; rewrite val_max, (val_opp _ _ ok). unfold Rabs; destruct (Rcase_abs (val a)).
  - rewrite Rmax_right; lra.
  - rewrite Rmax_left; lra.
Qed.

Lemma nonpositive_spec a : nonpositive o a = true <-> val a <= 0.
Proof. unfold nonpositive; rewrite (val_leb _ _ ok), (val_zero _ _ ok); tauto. Qed.

(** ** Forms *)

Lemma add_scaled_eval y a b x :
  dot (map val (add_scaled o y a b)) x = val y * dot (map val a) x + dot (map val b) x.
Proof.
  revert b x; induction a as [|v a IH]; intros b x; simpl.
  - unfold dot at 2; simpl; ring.
  - destruct b as [|w b]; simpl; destruct x as [|x0 x]; try (rewrite !dot_nil_r; ring); rewrite !dot_cons, IH.
    + rewrite (val_mul _ _ ok). simpl map. replace (dot [] x) with 0 by reflexivity.
      replace (dot [] (x0 :: x)) with 0 by reflexivity. ring.
    + rewrite (val_add _ _ ok), (val_mul _ _ ok). ring.
Qed.

Lemma plus_scaled_eval y f g x : eval (plus_scaled o y f g) x = val y * eval f x + eval g x.
Proof.
  unfold plus_scaled; destruct (is_zero o y) eqn:E.
  - apply is_zero_spec in E; rewrite E; ring.
  - unfold eval; simpl. rewrite add_scaled_eval, (val_add _ _ ok), (val_mul _ _ ok); ring.
Qed.

Lemma nil_form_eval x : eval (nil_form o) x = 0.
Proof. unfold eval, nil_form; simpl. rewrite (val_zero _ _ ok). unfold dot; simpl; ring. Qed.

Lemma negated_eval f x : eval (negated o f) x = - eval f x.
Proof.
  unfold eval, negated; simpl. rewrite (val_opp _ _ ok), map_map.
  rewrite (map_ext _ (fun v => - val v)) by apply (val_opp _ _ ok).
  rewrite <- (map_map val Ropp), dot_opp. ring.
Qed.

Lemma combined_eval ws fs b x :
  eval (combined o ws fs b) x = dot (map val ws) (map (fun f => eval f x) fs) + val b.
Proof.
  revert fs; induction ws as [|w ws IH]; intros [|f fs]; simpl combined;
    try (unfold eval, dot; simpl; ring).
  rewrite plus_scaled_eval, IH. simpl map. rewrite dot_cons. ring.
Qed.

Lemma value_spec a x : val (value o a x) = dot (map val a) (map val x).
Proof.
  revert x; induction a as [|v a IH]; intros [|w x]; simpl value; try (rewrite (val_zero _ _ ok); reflexivity).
  rewrite (val_add _ _ ok), (val_mul _ _ ok), IH. simpl map. rewrite dot_cons; reflexivity.
Qed.

Lemma value_of_spec f x : val (value_of o f x) = eval f (map val x).
Proof. unfold value_of; rewrite (val_add _ _ ok), value_spec; reflexivity. Qed.

Lemma nonzero_spec d f : nonzero o d f = true ->
  Exists (fun v => v <> 0) (firstn d (map val (fst f))) \/ val (snd f) <> 0.
Proof.
  unfold nonzero; rewrite orb_true_iff, negb_true_iff; intros [H|H].
  - left. rewrite firstn_map. apply existsb_exists in H. destruct H as [v [Hin Hv]].
    apply Exists_exists. exists (val v); split; [apply in_map; auto|].
    rewrite negb_true_iff in Hv. intros E; apply is_zero_spec in E; congruence.
  - right. intros E; apply is_zero_spec in E; congruence.
Qed.

(** ** Suprema *)

Lemma over_sides_sound sides a x :
  Forall2 (fun side v => fst side < v < snd side) (map (fun side => (val (fst side), val (snd side))) sides) x ->
  dot (map val a) x <= val (over_sides o sides a).
Proof.
  revert a x; induction sides as [|[l u] sides IH]; intros a x H; inversion H as [|? v ? x' Hv Hx]; subst.
  - rewrite dot_nil_r; simpl. rewrite (val_zero _ _ ok); lra.
  - destruct a as [|w a]; simpl; [rewrite (val_zero _ _ ok); unfold dot; simpl; lra|].
    rewrite dot_cons, (val_add _ _ ok), val_max, !(val_mul _ _ ok). simpl in Hv. specialize (IH a x' Hx).
    assert (A := Rmax_l (val w * val l) (val w * val u)). assert (B := Rmax_r (val w * val l) (val w * val u)).
    destruct (Rle_dec 0 (val w)); nra.
Qed.

Lemma sides_of_spec c r x :
  Forall2 (fun a v => Rabs (v - a) < val r) (map val c) x <->
  Forall2 (fun side v => fst side < v < snd side)
    (map (fun side => (val (fst side), val (snd side))) (sides_of o c r)) x.
Proof.
  revert x; induction c as [|a c IH]; intros x; simpl.
  - split; intros H; inversion H; constructor.
  - split; intros H; inversion H as [|? v ? x' Hv Hx]; subst; constructor; try (apply IH; assumption); simpl in *.
    + rewrite val_minus, (val_add _ _ ok). apply Rabs_def2 in Hv; lra.
    + rewrite val_minus, (val_add _ _ ok) in Hv. apply Rabs_def1; lra.
Qed.

Lemma dot_zero d a x : length x = d -> Forall (fun v => val v = 0) (firstn d a) -> dot (map val a) x = 0.
Proof.
  revert d x; induction a as [|v a IH]; intros d [|w x] Hd H; try reflexivity.
  destruct d as [|d]; [discriminate|]. simpl in H; inversion H; subst. simpl map.
  rewrite dot_cons, (IH d x); [rewrite H2; ring| |assumption]. simpl in Hd; lia.
Qed.

Lemma largest_spec a :
  let m := val (fold_right (fun v m => max o (size o v) m) (zero o) a) in
  Forall (fun v => Rabs v <= m) (map val a) /\ 0 <= m.
Proof.
  induction a as [|v a [IH1 IH2]]; simpl.
  - rewrite (val_zero _ _ ok); split; [constructor|lra].
  - rewrite val_max, val_size. set (m := val (fold_right _ _ a)) in *.
    assert (A := Rmax_l (Rabs (val v)) m). assert (B := Rmax_r (Rabs (val v)) m).
    split; [constructor; [lra|]|lra].
    eapply Forall_impl; [|exact IH1]. simpl; intros; lra.
Qed.

Theorem never_positive_sound d s f x :
  shape_fits o d s = true -> never_positive o d s f = true -> length x = d ->
  in_shape (read_shape val s) x -> eval f x <= 0.
Proof.
  destruct f as [a b]; unfold eval; destruct s as [|sides|c r|c r|c r]; simpl; intros Hf H Hx Hin.
  - apply andb_true_iff in H; destruct H as [Hb Ha]. apply nonpositive_spec in Hb.
    rewrite (dot_zero d); auto; [lra|]. rewrite forallb_forall in Ha. apply Forall_forall; intros v Hv.
    apply is_zero_spec; auto.
  - apply nonpositive_spec in H; rewrite (val_add _ _ ok) in H. apply (over_sides_sound _ a) in Hin; lra.
  - apply nonpositive_spec in H; rewrite (val_add _ _ ok) in H. apply sides_of_spec in Hin.
    apply (over_sides_sound _ a) in Hin; lra.
  - apply andb_true_iff in Hf; destruct Hf as [Hc Hr]. apply Nat.eqb_eq in Hc. apply ltb_spec in Hr.
    apply nonpositive_spec in H; rewrite (val_add _ _ ok), (val_mul _ _ ok), value_of_spec in H; unfold eval in H; simpl in H.
    destruct (largest_spec a) as [L1 L2]. set (m := val (fold_right _ _ a)) in *.
    rewrite (dot_shift _ (map val c)) by (rewrite map_length; lia).
    rewrite sum2_abs in Hin. assert (B := abs_sum m (map val a) (differences (map val c) x) L1 L2).
    change (sum2 (fun v w : R => v * w) (map val a) (map (fun p => snd p - fst p) (combine (map val c) x)))
      with (dot (map val a) (differences (map val c) x)).
    set (n := fold_right (fun v s => Rabs v + s) 0 _) in *.
    assert (m * n <= m * val r) by (apply Rmult_le_compat_l; lra). lra.
  - apply andb_true_iff in Hf; destruct Hf as [Hc Hr]. apply Nat.eqb_eq in Hc. apply ltb_spec in Hr.
    rewrite (val_zero _ _ ok) in Hr.
    apply andb_true_iff in H; destruct H as [Hs Hq]. apply nonpositive_spec in Hs.
    apply (val_leb _ _ ok) in Hq; rewrite !(val_mul _ _ ok), value_spec in Hq.
    rewrite !value_of_spec in *; unfold eval in *; simpl in *.
    rewrite (dot_shift _ (map val c)) by (rewrite map_length; lia).
    destruct Hin as [_ Hin]; rewrite sum2_square in Hin.
    assert (C := cauchy_schwarz (map val a) (differences (map val c) x)).
    change (sum2 (fun v w : R => v * w) (map val a) (map (fun p => snd p - fst p) (combine (map val c) x)))
      with (dot (map val a) (differences (map val c) x)).
    assert (A := dot_self_nonneg (map val a)).
    set (t := dot (map val a) (differences (map val c) x)) in *.
    set (s := dot (map val a) (map val c) + val b) in *. set (g := dot (differences _ _) _) in *.
    set (n := dot (map val a) (map val a)) in *.
    replace (dot (map val a) (map val c) + t + val b) with (s + t) by (unfold s; ring).
    assert (Q : t * t <= s * s) by (assert (n * g <= n * (val r * val r)) by (apply Rmult_le_compat_l; lra); lra).
    destruct (Rle_dec t 0); [lra|]. assert (t <= - s); [|lra].
    apply Rsqr_incr_0_var; unfold Rsqr; lra.
Qed.

(** ** Points in a shape *)

Lemma in_sides_sound sides w : in_sides o sides w = true ->
  exists e, 0 < e /\ forall y, cube (map val w) e y ->
  Forall2 (fun side v => fst side < v < snd side) (map (fun side => (val (fst side), val (snd side))) sides) y.
Proof.
  revert w; induction sides as [|[l u] sides IH]; intros [|v w] H; simpl in H; try discriminate.
  - exists 1; split; [lra|]. intros y Hy; inversion Hy; constructor.
  - apply andb_true_iff in H; destruct H as [H Hw]. apply andb_true_iff in H; destruct H as [Hl Hu].
    apply ltb_spec in Hl; apply ltb_spec in Hu. destruct (IH w Hw) as [e [He Hy]].
    set (g := Rmin (val v - val l) (val u - val v)).
    assert (Hg : 0 < g) by (apply Rmin_pos; lra).
    assert (G1 := Rmin_l (val v - val l) (val u - val v)). assert (G2 := Rmin_r (val v - val l) (val u - val v)).
    fold g in G1, G2.
    exists (Rmin g e); split; [apply Rmin_pos; auto|].
    intros y Hc; inversion Hc as [|? y0 ? y' H0 H']; subst. simpl; constructor.
    + assert (A := Rmin_l g e). apply Rabs_def2 in H0; simpl; lra.
    + apply Hy. eapply cube_smaller; [apply Rmin_r|exact H'].
Qed.

Lemma gaps_spec c w : map val (gaps o c w) = differences (map val c) (map val w).
Proof.
  revert w; induction c as [|a c IH]; intros [|v w]; try reflexivity. simpl. rewrite val_minus, IH. reflexivity.
Qed.

Lemma sizes_spec g : val (fold_right (fun v m => add o (size o v) m) (zero o) g) =
  fold_right (fun v s => Rabs v + s) 0 (map val g).
Proof.
  induction g as [|v g IH]; simpl; [apply (val_zero _ _ ok)|]. rewrite (val_add _ _ ok), val_size, IH; reflexivity.
Qed.

Theorem contains_sound d s w : shape_fits o d s = true -> contains o s w = true ->
  exists e, 0 < e /\ forall y, cube (map val w) e y -> in_shape (read_shape val s) y.
Proof.
  destruct s as [|sides|c r|c r|c r]; simpl; intros Hf H.
  - exists 1; split; [lra|auto].
  - apply in_sides_sound; auto.
  - destruct (in_sides_sound _ _ H) as [e [He Hy]]. exists e; split; auto.
    intros y Hc. apply sides_of_spec; auto.
  - apply ltb_spec in H. rewrite sizes_spec, gaps_spec, <- sum2_abs in H.
    apply sum2_below; auto using abs_continuous.
  - apply ltb_spec in H. rewrite value_spec, gaps_spec, <- sum2_square, (val_mul _ _ ok) in H.
    apply andb_true_iff in Hf; destruct Hf as [_ Hr]. apply ltb_spec in Hr; rewrite (val_zero _ _ ok) in Hr.
    apply sum2_below in H; [|apply square_continuous]. destruct H as [e [He Hy]].
    exists e; split; auto.
Qed.

(** ** Refutations *)

Lemma total_eval rs ys acc g x : total o rs ys acc = Some g -> Forall (fun y => 0 <= val (snd y)) ys ->
  Forall (fun f => 0 < eval f x) rs ->
  eval acc x <= eval g x /\ (Exists (fun y => 0 < val (snd y)) ys -> eval acc x < eval g x).
Proof.
  revert acc; induction ys as [|[k y] ys IH]; intros acc H Hy Hr; simpl in H.
  - inversion H; subst; split; [lra|]. intros E; inversion E.
  - destruct (nth_error rs k) as [f|] eqn:E; [|discriminate].
    inversion Hy as [|? ? Hy0 Hy']; subst; simpl in Hy0.
    destruct (IH _ H Hy' Hr) as [A B]. rewrite plus_scaled_eval in A, B.
    apply nth_error_In in E. rewrite Forall_forall in Hr. specialize (Hr f E).
    split; [nra|]. intros Hex; inversion Hex as [? ? H0|? ? H0]; subst; simpl in *.
    + assert (0 < val y * eval f x) by (apply Rmult_lt_0_compat; auto). lra.
    + specialize (B H0). nra.
Qed.

Theorem refuted_sound d s rs f p x :
  shape_fits o d s = true -> refuted o d s rs f p = true -> length x = d -> in_shape (read_shape val s) x ->
  Forall (fun g => 0 < eval g x) rs -> eval f x <= 0.
Proof.
  intros Hf H Hx Hin Hr. unfold refuted in H.
  destruct (total o rs (on_rows p) (plus_scaled o (on_form p) f (nil_form o))) as [g|] eqn:E;
    [|rewrite andb_false_r in H; discriminate].
  apply andb_true_iff in H; destruct H as [H Hg]. apply andb_true_iff in H; destruct H as [H _].
  apply andb_true_iff in H; destruct H as [Hy Hex].
  apply (never_positive_sound _ _ _ _ Hf Hg Hx) in Hin.
  rewrite forallb_forall in Hy.
  assert (Y0 : 0 <= val (on_form p)).
  { rewrite <- (val_zero _ _ ok); apply (val_leb _ _ ok), Hy; left; reflexivity. }
  assert (Y : Forall (fun y => 0 <= val (snd y)) (on_rows p)).
  { apply Forall_forall; intros y Hin'. rewrite <- (val_zero _ _ ok); apply (val_leb _ _ ok), Hy; right.
    apply in_map; auto. }
  destruct (total_eval _ _ _ _ x E Y Hr) as [A B]. rewrite plus_scaled_eval, nil_form_eval in A, B.
  apply existsb_exists in Hex; destruct Hex as [y [[Hy0|Hy0] Hpos]]; apply ltb_spec in Hpos;
    rewrite (val_zero _ _ ok) in Hpos.
  - subst y. destruct (Rle_dec (eval f x) 0); auto. nra.
  - apply in_map_iff in Hy0; destruct Hy0 as [[k z] [Ez Hz]]; simpl in Ez; subst z.
    assert (B' : val (on_form p) * eval f x + 0 < eval g x).
    { apply B. apply Exists_exists; exists (k, y); auto. }
    destruct (Rle_dec (eval f x) 0); auto. nra.
Qed.

End Forms.
