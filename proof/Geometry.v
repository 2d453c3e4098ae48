(** * Cubes, affine forms on them, and norms: facts about real numbers *)

From Coq Require Import Reals List Bool Lra Lia Psatz.
From ExactRegions Require Import Definitions.
Import ListNotations.
Open Scope R_scope.

Lemma dot_cons a0 a x0 x : dot (a0 :: a) (x0 :: x) = a0 * x0 + dot a x.
Proof. reflexivity. Qed.

Lemma dot_nil_r a : dot a [] = 0.
Proof. destruct a; reflexivity. Qed.

Lemma dot_opp a x : dot (map Ropp a) x = - dot a x.
Proof.
  revert x; induction a as [|v a IH]; intros [|w x]; try (unfold dot; simpl; ring).
  simpl map; rewrite !dot_cons, IH; ring.
Qed.

Lemma cube_length c r x : cube c r x -> length x = length c.
Proof. intros H; induction H; simpl; congruence. Qed.

Lemma cube_center c r : 0 < r -> cube c r c.
Proof.
  intros Hr; induction c as [|a c IH]; constructor; auto.
  replace (a - a) with 0 by ring; rewrite Rabs_R0; exact Hr.
Qed.

Lemma cube_smaller c r s x : r <= s -> cube c r x -> cube c s x.
Proof. intros Hrs H; induction H; constructor; auto; lra. Qed.

(** ** A form that is nowhere positive on a cube, and not zero, is negative on it *)

Lemma rises a c r x :
  cube c r x -> Exists (fun v => v <> 0) (firstn (length x) a) -> exists y, cube c r y /\ dot a x < dot a y.
Proof.
  intros H; revert a; induction H as [|c0 x0 c x H0 H IH]; intros a Ha.
  - inversion Ha.
  - destruct a as [|a0 a]; [inversion Ha|].
    destruct (Req_dec a0 0) as [Z|Z].
    + assert (Ha' : Exists (fun v => v <> 0) (firstn (length x) a)).
      { simpl in Ha; inversion Ha; subst; [contradiction|assumption]. }
      destruct (IH a Ha') as [y [Hy Hlt]].
      exists (x0 :: y); split; [constructor; auto|]. rewrite !dot_cons; lra.
    + set (e := (r - Rabs (x0 - c0)) / 2).
      assert (He : 0 < e) by (unfold e; lra).
      destruct (Rlt_dec 0 a0) as [P|P].
      * exists ((x0 + e) :: x); split.
        -- constructor; auto. replace (x0 + e - c0) with ((x0 - c0) + e) by ring.
           eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite (Rabs_right e) by lra. unfold e; lra.
        -- rewrite !dot_cons; nra.
      * exists ((x0 - e) :: x); split.
        -- constructor; auto. replace (x0 - e - c0) with ((x0 - c0) + - e) by ring.
           eapply Rle_lt_trans; [apply Rabs_triang|]. rewrite Rabs_Ropp, (Rabs_right e) by lra. unfold e; lra.
        -- rewrite !dot_cons; assert (a0 < 0) by lra; nra.
Qed.

Lemma negative_on_cube a b c r d :
  length c = d -> Exists (fun v => v <> 0) (firstn d a) \/ b <> 0 ->
  (forall x, cube c r x -> dot a x + b <= 0) -> forall x, cube c r x -> dot a x + b < 0.
Proof.
  intros Hd Hn Hle x Hx.
  destruct (Rle_lt_or_eq_dec _ _ (Hle x Hx)) as [L|E]; auto. exfalso.
  destruct (Exists_dec (fun v => v <> 0) (firstn d a)) as [Ha|Ha].
  { intros v; destruct (Req_EM_T v 0); [right|left]; auto. }
  - rewrite <- Hd, <- (cube_length _ _ _ Hx) in Ha.
    destruct (rises a c r x Hx Ha) as [y [Hy Hlt]]. specialize (Hle y Hy); lra.
  - destruct Hn as [Hn|Hn]; [contradiction|].
    assert (Z : forall l (y : list R), (length y <= d)%nat -> ~ Exists (fun v => v <> 0) (firstn d l) -> dot l y = 0).
    { clear. intros l; revert d; induction l as [|v l IH]; intros d [|w y] Hl Hz; try reflexivity.
      destruct d as [|d]; [simpl in Hl; lia|].
      rewrite dot_cons, (IH d y).
      - destruct (Req_dec v 0) as [E|E]; [rewrite E; ring|].
        exfalso; apply Hz; simpl; left; exact E.
      - simpl in Hl; lia.
      - intros Hx; apply Hz; simpl; right; exact Hx. }
    rewrite Z in E; [lra| |exact Ha]. rewrite (cube_length _ _ _ Hx); lia.
Qed.

(** ** Continuity *)

Definition continuous_phi (phi : R -> R -> R) := forall a v e, 0 < e ->
  exists s, 0 < s /\ forall w, Rabs (w - v) < s -> Rabs (phi a w - phi a v) < e.

Lemma sum2_continuous phi : continuous_phi phi -> forall a x e, 0 < e ->
  exists s, 0 < s /\ forall y, cube x s y -> Rabs (sum2 phi a y - sum2 phi a x) < e.
Proof.
  intros Hphi a; induction a as [|a0 a IH]; intros x e He.
  - exists 1; split; [lra|]. intros y _; simpl. replace (0 - 0) with 0 by ring. rewrite Rabs_R0; lra.
  - destruct x as [|x0 x].
    + exists 1; split; [lra|]. intros y Hy; inversion Hy; simpl. replace (0 - 0) with 0 by ring. rewrite Rabs_R0; lra.
    + destruct (Hphi a0 x0 (e / 2)) as [s [Hs H1]]; [lra|].
      destruct (IH x (e / 2)) as [t [Ht H2]]; [lra|].
      exists (Rmin s t); split; [apply Rmin_pos; auto|].
      intros y Hy; inversion Hy as [|? y0 ? y' Hy0 Hy']; subst; simpl.
      assert (A : Rabs (phi a0 y0 - phi a0 x0) < e / 2).
      { apply H1. eapply Rlt_le_trans; [exact Hy0|apply Rmin_l]. }
      assert (B : Rabs (sum2 phi a y' - sum2 phi a x) < e / 2).
      { apply H2. eapply cube_smaller; [apply Rmin_r|exact Hy']. }
      apply Rabs_def2 in A; apply Rabs_def2 in B; apply Rabs_def1; lra.
Qed.

Lemma mult_continuous : continuous_phi Rmult.
Proof.
  intros a v e He. exists (e / (Rabs a + 1)).
  assert (Ha := Rabs_pos a). split; [apply Rdiv_lt_0_compat; lra|].
  intros w Hw. replace (a * w - a * v) with (a * (w - v)) by ring. rewrite Rabs_mult.
  assert (H : Rabs (w - v) * (Rabs a + 1) < e).
  { apply Rmult_lt_compat_r with (r := Rabs a + 1) in Hw; [|lra].
    unfold Rdiv in Hw; rewrite Rmult_assoc, Rinv_l in Hw by lra; lra. }
  assert (Hp := Rabs_pos (w - v)). nra.
Qed.

Lemma abs_continuous : continuous_phi (fun a v => Rabs (v - a)).
Proof.
  intros a v e He. exists e; split; [exact He|]. intros w Hw.
  eapply Rle_lt_trans; [apply Rabs_triang_inv2|].
  replace (w - a - (v - a)) with (w - v) by ring. exact Hw.
Qed.

Lemma square_continuous : continuous_phi (fun a v => (v - a) * (v - a)).
Proof.
  intros a v e He. set (m := 2 * Rabs (v - a) + 1).
  assert (Hv := Rabs_pos (v - a)). assert (Hm : 0 < m) by (unfold m; lra).
  exists (Rmin 1 (e / m)). split; [apply Rmin_pos; [lra|apply Rdiv_lt_0_compat; lra]|].
  intros w Hw.
  assert (A : Rabs (w - v) < 1) by (eapply Rlt_le_trans; [exact Hw|apply Rmin_l]).
  assert (B : Rabs (w - v) < e / m) by (eapply Rlt_le_trans; [exact Hw|apply Rmin_r]).
  replace ((w - a) * (w - a) - (v - a) * (v - a)) with ((w - v) * ((w - v) + 2 * (v - a))) by ring.
  rewrite Rabs_mult.
  assert (C : Rabs (w - v + 2 * (v - a)) <= m).
  { eapply Rle_trans; [apply Rabs_triang|]. rewrite Rabs_mult, (Rabs_right 2) by lra. unfold m; lra. }
  assert (D : Rabs (w - v) * m < e).
  { apply Rmult_lt_compat_r with (r := m) in B; [|lra].
    unfold Rdiv in B; rewrite Rmult_assoc, Rinv_l in B by lra; lra. }
  assert (Hp := Rabs_pos (w - v)). nra.
Qed.

Lemma sum2_below phi a x r : continuous_phi phi -> sum2 phi a x < r ->
  exists s, 0 < s /\ forall y, cube x s y -> sum2 phi a y < r.
Proof.
  intros Hphi Hr. destruct (sum2_continuous phi Hphi a x (r - sum2 phi a x)) as [s [Hs H]]; [lra|].
  exists s; split; auto. intros y Hy. specialize (H y Hy). apply Rabs_def2 in H; lra.
Qed.

Lemma dot_above a x b : b < dot a x -> exists s, 0 < s /\ forall y, cube x s y -> b < dot a y.
Proof.
  intros Hb. destruct (sum2_continuous _ mult_continuous a x (dot a x - b)) as [s [Hs H]]; [lra|].
  exists s; split; auto. intros y Hy. specialize (H y Hy). apply Rabs_def2 in H.
  unfold dot in *; lra.
Qed.

(** ** Norms *)

Lemma dot_shift a c x : length c = length x -> dot a x = dot a c + sum2 (fun v w => v * w) a
  (map (fun p => snd p - fst p) (combine c x)).
Proof.
  revert c x; induction a as [|v a IH]; intros [|c0 c] [|x0 x] H; simpl in H; try discriminate; simpl;
    try (unfold dot; simpl; ring).
  rewrite !dot_cons. rewrite (IH c x) by lia. ring.
Qed.

Definition differences (c x : list R) : list R := map (fun p => snd p - fst p) (combine c x).

Lemma abs_sum m a g : Forall (fun v => Rabs v <= m) a -> 0 <= m ->
  dot a g <= m * fold_right (fun v s => Rabs v + s) 0 g.
Proof.
  intros Ha Hm; revert g; induction Ha as [|v a Hv Ha IH]; intros [|w g]; simpl.
  - unfold dot; simpl; lra.
  - unfold dot; simpl. assert (0 <= fold_right (fun v s => Rabs v + s) 0 g).
    { clear; induction g as [|u g IH]; simpl; [lra|]. assert (H := Rabs_pos u); lra. }
    assert (H0 := Rabs_pos w). nra.
  - unfold dot; simpl; lra.
  - rewrite dot_cons. specialize (IH g).
    assert (v * w <= m * Rabs w).
    { eapply Rle_trans; [apply Rle_abs|]. rewrite Rabs_mult. apply Rmult_le_compat_r; [apply Rabs_pos|exact Hv]. }
    nra.
Qed.

Lemma sum2_abs c x : sum2 (fun a v => Rabs (v - a)) c x = fold_right (fun v s => Rabs v + s) 0 (differences c x).
Proof.
  revert x; induction c as [|a c IH]; intros [|v x]; try reflexivity.
  unfold differences in *; simpl; rewrite IH; reflexivity.
Qed.

Lemma sum2_square c x : sum2 (fun a v => (v - a) * (v - a)) c x = dot (differences c x) (differences c x).
Proof.
  revert x; induction c as [|a c IH]; intros [|v x]; try reflexivity.
  unfold differences in *; simpl; rewrite IH; reflexivity.
Qed.

Lemma dot_self_nonneg a : 0 <= dot a a.
Proof. induction a as [|v a IH]; [unfold dot; simpl; lra|]. rewrite dot_cons; nra. Qed.

Lemma cauchy_schwarz a g : dot a g * dot a g <= dot a a * dot g g.
Proof.
  revert g; induction a as [|v a IH]; intros [|w g]; try (unfold dot; simpl; rewrite ?Rmult_0_l, ?Rmult_0_r; lra).
  rewrite !dot_cons. specialize (IH g).
  assert (A := dot_self_nonneg a). assert (B := dot_self_nonneg g).
  set (D := dot a g) in *. set (P := dot a a) in *. set (G := dot g g) in *.
  assert (H : 2 * (v * w * D) <= v * v * G + w * w * P).
  { apply Rsqr_incr_0_var; [|nra]. unfold Rsqr.
    assert (0 <= (v * v * G - w * w * P) * (v * v * G - w * w * P)) by apply Rle_0_sqr.
    assert (0 <= (v * w) * (v * w) * (P * G - D * D)).
    { apply Rmult_le_pos; [apply Rle_0_sqr|lra]. }
    nra. }
  nra.
Qed.
